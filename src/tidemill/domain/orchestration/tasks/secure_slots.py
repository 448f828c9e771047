"""A task run takes a slot of every limit on its tags before it runs."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import TakeTagSlots
from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Abort, Accept, Verdict, Wait
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class SecureTaskConcurrencySlots(TaskRule):
    """All slots or none: a full limit is waited for, one of nought aborts, a slot that the run has is its own."""

    leads_to = frozenset({StateType.RUNNING})
    needs = frozenset({Fact.TAG_LIMITS})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """Whether every limit has a slot."""
        shut = [limit.tag for limit in facts.tag_limits if limit.limit == 0]
        if shut:
            return Abort(f"The concurrency limit on tag {shut[0]!r} is 0, so the task does not run. Raise the limit.")
        wanted = [limit for limit in facts.tag_limits if not limit.held]
        full = [limit for limit in wanted if limit.free <= 0]
        if full:
            seconds = ceil(facts.slot_wait_seconds)
            limit = full[0]
            return Wait(seconds, f"All {limit.limit} slots of tag {limit.tag!r} are taken. Ask again in {seconds} s.")
        if not wanted:
            return Accept()
        return Accept(effects=(TakeTagSlots(run.id, tuple(limit.tag for limit in wanted)),))
