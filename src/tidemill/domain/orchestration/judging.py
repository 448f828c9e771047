"""Asking the rules: what is selected, what is passed over, and what comes of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, assert_never

import msgspec

from tidemill.domain.orchestration.facts import Fact, Facts, FlowRunFacts, ProposedState, RunFacts, TaskRunFacts
from tidemill.domain.orchestration.policies import GLOBAL, Policy
from tidemill.domain.orchestration.verdicts import Abort, Accept, Reject, Run, Verdict, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.domain.orchestration.effects import Effect
    from tidemill.domain.orchestration.rule import Rule
    from tidemill.domain.states import StateType

Status = Literal["ACCEPT", "REJECT", "WAIT", "ABORT"]


class Judgement(msgspec.Struct, Generic[Run], frozen=True, kw_only=True):
    """What was decided about a proposal.

    ``state`` is to be written; ``None`` means that nothing is, and that ``run`` is as it was and ``effects`` are none.
    Otherwise ``run`` has the values of the run's row after it, all but the id of the state, which who writes it knows,
    and ``effects`` belong into the same transaction.

    Clients are shown the state that was written, or else the one that the run has. The HTTP code is 201 where one was.
    """

    status: Status
    run: Run
    state: ProposedState | None = None
    reason: str | None = None
    delay_seconds: int | None = None
    effects: tuple[Effect, ...] = ()

    def details(self) -> dict[str, Any]:
        """The wire's ``details`` of the answer."""
        said = {"type": f"{self.status.lower()}_details", "reason": self.reason, "delay_seconds": self.delay_seconds}
        return {key: value for key, value in said.items() if value is not None}


def needed_facts(policy: Policy, run: RunFacts, proposed: ProposedState) -> frozenset[Fact]:
    """What must be looked up before the proposal can be judged. Facts that could not matter are left out."""
    wanted = _needs(policy, run.state_type, proposed.type)
    return frozenset([fact for fact in wanted if _MATTERS[fact](run, proposed)]) if wanted else wanted


def judge(policy: Policy, run: Run, proposed: ProposedState, facts: Facts) -> Judgement[Run]:
    """What becomes of the proposal. The same arguments always get the same answer."""
    hearing = Hearing(policy, run, proposed, facts)
    for rule in _asked(policy, run.state_type, proposed.type):
        hearing.ask(rule)
        if hearing.closed:
            return Judgement(status=hearing.status, run=run, reason=hearing.reason, delay_seconds=hearing.delay_seconds)
    hearing.follow()
    return Judgement(
        status=hearing.status,
        run=hearing.run,
        state=hearing.proposed,
        reason=hearing.reason,
        effects=tuple(hearing.effects),
    )


@cache
def _asked(policy: Policy, present: StateType | None, requested: StateType) -> tuple[Rule[Any], ...]:
    """The rules that have a say in a step, in order: the policy's, then those that follow any policy."""
    order = (*policy.order, *GLOBAL[policy.kind].order)
    return tuple(rule for rule in order if rule.always or rule.applies(present, requested))


@cache
def _needs(policy: Policy, present: StateType | None, requested: StateType) -> frozenset[Fact]:
    return frozenset().union(*(rule.needs for rule in _asked(policy, present, requested)))


class Hearing(Generic[Run]):
    """One proposal on its way past the rules. Made and thrown away within ``judge``."""

    def __init__(self, policy: Policy, run: Run, proposed: ProposedState, facts: Facts) -> None:
        self.policy = policy
        self.before = self.run = run
        self.requested = self.proposed = proposed
        self.facts = facts
        self.to_follow: list[Rule[Any]] = []
        self.effects: list[Effect] = []
        self.status: Status = "ACCEPT"
        self.reason: str | None = None
        self.delay_seconds: int | None = None
        self.closed = False

    def ask(self, rule: Rule[Any]) -> None:
        """Hear a rule that applies to what was requested, if that is still what is proposed."""
        if self.proposed.type is not self.requested.type and not rule.always:
            return
        if rule.follows:
            self.to_follow.append(rule)
        if rule.judges:
            self._take(rule.judge(self.run, self.proposed, self.facts))

    def _take(self, verdict: Verdict[Run]) -> None:
        if isinstance(verdict, Accept):
            self._go_on(verdict)
        elif isinstance(verdict, Reject):
            self.status, self.reason = "REJECT", verdict.reason
            if verdict.state is None:
                self.closed = True
            else:
                self._go_on(verdict)
        elif isinstance(verdict, Wait):
            self.status, self.reason, self.delay_seconds = "WAIT", verdict.reason, verdict.delay_seconds
            self.closed = True
        elif isinstance(verdict, Abort):
            self.status, self.reason = "ABORT", verdict.reason
            self.closed = True
        else:
            assert_never(verdict)

    def _go_on(self, verdict: Accept[Run] | Reject[Run]) -> None:
        if verdict.state is not None:
            if verdict.state.type is not self.proposed.type:
                self._drop_what_was_for_another_type()
            self.proposed = verdict.state
        if verdict.run is not None:
            self.run = verdict.run
        if verdict.effects:
            self.effects.extend(verdict.effects)

    def _drop_what_was_for_another_type(self) -> None:
        """Slots and changes that rules gave to a state which will not be written are not given."""
        self.to_follow = [rule for rule in self.to_follow if rule.always]
        self.effects.clear()
        self.run = self.before

    def follow(self) -> None:
        """Ask the rules that stood by what is written what comes of it, the last first."""
        for rule in reversed(self.to_follow):
            followed = rule.follow(self.before, self.run, self.proposed, self.facts)
            if followed.run is not None:
                self.run = followed.run
            self.effects.extend(followed.effects)


def _deployment(run: RunFacts, _proposed: ProposedState) -> bool:
    return isinstance(run, FlowRunFacts) and run.deployment_id is not None


#: When looking a fact up could change an answer.
_MATTERS: Final[dict[Fact, Callable[[RunFacts, ProposedState], bool]]] = {
    Fact.CACHED_STATE: lambda _run, proposed: (
        proposed.details.cache_key is not None and not proposed.details.refresh_cache
    ),
    Fact.TAG_LIMITS: lambda run, _proposed: isinstance(run, TaskRunFacts) and bool(run.tags),
    Fact.FLOW_RUN: lambda run, _proposed: isinstance(run, TaskRunFacts) and run.flow_run_id is not None,
    Fact.DEPLOYMENT_LIMIT: _deployment,
    Fact.NEW_LEASE_ID: _deployment,
    Fact.TRANSITION_KNOWN: lambda _run, proposed: proposed.details.transition_id is not None,
    Fact.CHANCE: lambda run, _proposed: bool(run.policy.retry_jitter_factor),
}
