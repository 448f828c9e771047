"""Task runs whose states are judged by rules: what clients propose over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.orchestration.effects import Enqueue, KeepInCache, ReleaseTagSlots, TakeTagSlots
from tidemill.domain.orchestration.facts import (
    Fact,
    Facts,
    FlowRunAround,
    PresentState,
    TaskRunFacts,
    policy_changes,
)
from tidemill.domain.orchestration.judging import Judgement, judge, needed_facts
from tidemill.domain.orchestration.policies import MINIMAL_TASK_POLICY, Policy
from tidemill.domain.states import to_us
from tidemill.store import tag_slots
from tidemill.store.asking import one_row
from tidemill.store.fields import bound
from tidemill.store.flow_run_answers import STATE_JOINED
from tidemill.store.judging import Circumstances, Outcome, kept_data, kept_details, kept_policy, outcome, present_state
from tidemill.store.past_states import PAST_WITH_PRESENT
from tidemill.store.rows import task_state_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.orchestration.effects import Effect
    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.store.session import Session

_STANDING: Final = """
SELECT flow_run_id, task_key, tags, empirical_policy, run_count, flow_run_run_count, start_us, end_us,
    coalesce(expected_start_us, created_us), next_scheduled_start_us, total_run_time_us, state_id, state_type,
    state_name, state_us, state_message, state_details, state_data, CASE WHEN result IS NULL THEN 0 ELSE 1 END,
    @length(past_states)
FROM task_run WHERE id = :id @locked(task_run)
"""
_AROUND: Final = f"""
SELECT flow_run.run_count, flow_run.state_id, flow_run.state_type, flow_run.state_name, flow_run.state_us,
    state.message, state.details FROM flow_run {STATE_JOINED} WHERE flow_run.id = :id
"""
_CACHED: Final = """
SELECT state_id, state_us, state FROM task_run_state_cache
WHERE workspace_id = 1 AND cache_key = :key AND (expires_us IS NULL OR expires_us > :now) ORDER BY seq DESC LIMIT 1
"""
_KEEP: Final = """
INSERT INTO task_run_state_cache (cache_key, expires_us, state_id, state_us, state)
VALUES (:key, :expires, :state_id, :state_us, :state)
"""
_MOVE: Final = f"""
UPDATE task_run SET past_states = {PAST_WITH_PRESENT},
    state_id = NULL, state_type = :state_type, state_name = :state_name, state_message = :message, state_us = :state_us,
    state_details = :details, state_data = :data, run_count = :run_count, flow_run_run_count = :flow_run_run_count,
    start_us = :start_us, end_us = :end_us, expected_start_us = :expected_start_us,
    next_scheduled_start_us = :next_scheduled_start_us, total_run_time_us = :total_run_time_us,
    empirical_policy = :policy, child_flow_run_id = coalesce(:child, child_flow_run_id)
WHERE id = :id
"""


class Standing(msgspec.Struct, frozen=True):
    """A task run before it is judged; what its row has that rules do not know."""

    facts: TaskRunFacts
    earlier: int
    policy: str | None


def load(session: Session, task_run_id: str) -> Standing | None:
    """How a task run stands, held for this transaction; None if there is none of this id."""
    row = one_row(session, _STANDING, {"id": task_run_id})
    if row is None:
        return None
    (flow_run_id, task_key, tags, policy, run_count, flow_run_run_count, start, end, expected, next_start, total,
     state_id, state_type, state_name, state_us, message, details, data, kept, earlier) = row  # fmt: skip
    state_id = state_id or task_state_id(task_run_id, earlier)
    present = present_state(state_id, state_type, state_name, state_us, message, details, data=data, has_kept=kept)
    facts = TaskRunFacts(
        id=task_run_id,
        state=present,
        state_type=present.type,
        state_name=state_name,
        state_us=state_us,
        run_count=run_count,
        policy=kept_policy(policy),
        start_us=start,
        end_us=end,
        expected_start_us=expected,
        next_scheduled_start_us=next_start,
        total_run_time_us=total,
        flow_run_id=flow_run_id,
        task_key=task_key,
        tags=tuple(msgspec.json.decode(tags)),
        flow_run_attempt=flow_run_run_count,
    )
    return Standing(facts, earlier, policy)


def propose(
    session: Session, standing: Standing, proposed: ProposedState, policy: Policy, around: Circumstances
) -> Outcome:
    """Judge a proposed state, and do what comes of it."""
    run = standing.facts
    judgement = judge(policy, run, proposed, looked_up(session, policy, run, proposed, around))
    state_id = task_state_id(run.id, standing.earlier + 1)
    if judgement.state is not None:
        _write(session, standing, judgement)
        perform(session, judgement, state_id, around)
    return outcome(judgement, state_id, run.flow_run_id, run.id)


def force(session: Session, task_run_id: str, proposed: ProposedState, around: Circumstances) -> None:
    """Bring a task run into a state, if it is there: that which stands for a subflow run follows it."""
    standing = load(session, task_run_id)
    if standing is not None:
        propose(session, standing, proposed, MINIMAL_TASK_POLICY, around)


def looked_up(
    session: Session, policy: Policy, run: TaskRunFacts, proposed: ProposedState, around: Circumstances
) -> Facts:
    """What the rules of the policy must know."""
    wanted = needed_facts(policy, run, proposed)
    found: dict[str, Any] = {}
    if Fact.CACHED_STATE in wanted:
        found["cached_state"] = _cached(session, proposed.details.cache_key, around.now)
    if Fact.TAG_LIMITS in wanted:
        found["tag_limits"] = tag_slots.limits_of(session, run.id, run.tags, around.now)
    if Fact.FLOW_RUN in wanted and run.flow_run_id is not None:
        found["flow_run"] = _flow_run_around(session, run.flow_run_id)
    if Fact.CHANCE in wanted:
        found["chance"] = around.chance()
    return Facts(
        now_us=around.now,
        client_version=around.client_version,
        slot_wait_seconds=around.slot_wait_seconds,
        requeue_seconds=around.requeue_seconds,
        longest_cache_key=around.longest_cache_key,
        **found,
    )


def _flow_run_around(session: Session, flow_run_id: str) -> FlowRunAround | None:
    row = one_row(session, _AROUND, {"id": flow_run_id})
    if row is None:
        return None
    run_count, state_id, kind, name, us, message, details = row
    state = None
    if state_id is not None:
        state = present_state(state_id, kind, name, us, message, details, data=None, has_kept=0)
    return FlowRunAround(state=state, run_count=run_count)


def _cached(session: Session, key: str | None, now: int) -> PresentState | None:
    row = one_row(session, _CACHED, {"key": key, "now": now})
    if row is None:
        return None
    state_id, state_us, kept = row
    name, message, details, data = msgspec.json.decode(kept)
    return present_state(state_id, "COMPLETED", name, state_us, message, details, data=data, has_kept=0)


def _write(session: Session, standing: Standing, judgement: Judgement[TaskRunFacts]) -> None:
    before, run, written = standing.facts, judgement.run, judgement.state
    assert written is not None
    policy = standing.policy
    if run.policy is not before.policy and (changes := policy_changes(before.policy, run.policy)):
        policy = bound(msgspec.json.decode(policy or "{}") | changes)
    row = state_columns(judgement) | {
        "id": run.id,
        "policy": policy,
        "flow_run_run_count": run.flow_run_attempt,
        "child": written.details.child_flow_run_id,
    }
    session.tell(_MOVE, row)


def state_columns(judgement: Judgement[TaskRunFacts]) -> dict[str, Any]:
    """The columns of a run's row that its state says."""
    run, written = judgement.run, judgement.state
    assert written is not None
    return {
        "state_type": written.type.value,
        "state_name": written.name,
        "message": written.message,
        "state_us": written.timestamp_us,
        "details": kept_details(written.details),
        "data": kept_data(written.data),
        "run_count": run.run_count,
        "start_us": run.start_us,
        "end_us": run.end_us,
        "expected_start_us": run.expected_start_us,
        "next_scheduled_start_us": run.next_scheduled_start_us,
        "total_run_time_us": run.total_run_time_us,
    }


def perform(session: Session, judgement: Judgement[TaskRunFacts], state_id: str, around: Circumstances) -> None:
    """What is to be done beside writing the state."""
    effects: Iterable[Effect] = judgement.effects
    for effect in effects:
        if isinstance(effect, TakeTagSlots):
            tag_slots.take(session, effect.task_run_id, effect.tags, around)
        elif isinstance(effect, ReleaseTagSlots):
            tag_slots.release(session, effect.task_run_id)
        elif isinstance(effect, KeepInCache):
            _keep(session, effect, judgement, state_id)
        elif isinstance(effect, Enqueue):
            continue  # its row is its place in the queue: deferred, Scheduled, by task
        else:
            raise TypeError(f"{type(effect).__name__} is not about task runs")


def _keep(session: Session, effect: KeepInCache, judgement: Judgement[TaskRunFacts], state_id: str) -> None:
    written = judgement.state
    assert written is not None
    said = [written.name, written.message, kept_details(written.details), kept_data(written.data)]
    given = {"key": effect.cache_key, "expires": effect.expires_us, "state_id": state_id}
    session.tell(_KEEP, given | {"state_us": written.timestamp_us, "state": bound(said)})


def cache_expiration(proposed: ProposedState) -> int | None:
    """Until when the state may be taken for that of another run."""
    expires = proposed.details.cache_expiration
    return None if expires is None else to_us(expires)
