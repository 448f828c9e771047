"""Flow runs whose states are judged by rules: what clients propose over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.orchestration.effects import (
    EmitStateChange,
    ReleaseDeploymentSlot,
    RenewDeploymentLease,
    RevokeDeploymentLease,
    SetParentTaskRunState,
    TakeDeploymentSlot,
)
from tidemill.domain.orchestration.facts import Fact, Facts, FlowRunFacts, policy_changes
from tidemill.domain.orchestration.judging import Judgement, judge, needed_facts
from tidemill.domain.orchestration.policies import MINIMAL_FLOW_POLICY, Policy
from tidemill.domain.states import TERMINAL_STATES
from tidemill.store import deployment_slots
from tidemill.store.asking import Row, all_rows, one_row, scalar
from tidemill.store.fields import bound
from tidemill.store.judging import Circumstances, Outcome, kept_data, kept_details, kept_policy, outcome, present_state
from tidemill.store.transitions import HELD_BY_NOBODY, StateRow, save_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.orchestration.effects import Effect
    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.store.session import Session

#: Of the present state, asked for part by part: a join of the two tables takes SQLite four times as long.
_PRESENT: Final = """(SELECT {part} FROM flow_run_state AS state
        WHERE state.flow_run_id = flow_run.id AND state.ordinal = flow_run.next_ordinal - 1)"""
_STANDING_OF: Final = f"""
SELECT flow_run.id, flow_run.next_ordinal, flow_run.empirical_policy, flow_run.run_count, flow_run.start_us,
    flow_run.end_us, flow_run.expected_start_us, flow_run.next_scheduled_start_us, flow_run.total_run_time_us,
    flow_run.deployment_id, flow_run.infrastructure_pid, flow_run.parent_task_run_id, flow_run.state_id,
    flow_run.state_type, flow_run.state_name, flow_run.state_us, {_PRESENT.format(part="state.message")},
    {_PRESENT.format(part="state.details")}, {_PRESENT.format(part="state.data")},
    {_PRESENT.format(part="CASE WHEN state.result IS NULL THEN 0 ELSE 1 END")}
FROM flow_run WHERE flow_run.id """
_STANDING: Final = _STANDING_OF + "= :id @locked(flow_run)"
_STANDINGS: Final = _STANDING_OF + "IN @listed(:ids) ORDER BY flow_run.id @locked_if_free(flow_run)"
_STATE_ID: Final = 12
_TRANSITION_KNOWN: Final = """
SELECT 1 FROM flow_run_state
WHERE flow_run_id = :id AND details IS NOT NULL AND @of(details, $.transition_id, text) = :transition LIMIT 1
"""
_MOVE: Final = """
UPDATE flow_run SET state_id = :state_id, state_type = :state_type, state_name = :state_name, state_us = :state_us,
    next_ordinal = next_ordinal + 1, run_count = :run_count, start_us = :start_us,
    expected_start_us = :expected_start_us, next_scheduled_start_us = :next_scheduled_start_us,
    total_run_time_us = :total_run_time_us, empirical_policy = :policy, updated_us = :now,
    holder = CASE WHEN :released = 1 THEN NULL ELSE holder END{end}
WHERE id = :id
"""
#: Of a run that neither was over nor is: what sets ``end_us`` is counted (step 12), and takes half as long again.
_MOVE_ON: Final = _MOVE.format(end="")
_MOVE_TO_OR_FROM_THE_END: Final = _MOVE.format(end=", end_us = :end_us")


class Standing(msgspec.Struct, frozen=True):
    """A flow run before it is judged; what its row has that rules do not know."""

    facts: FlowRunFacts
    next_ordinal: int
    policy: str


def load(session: Session, flow_run_id: str) -> Standing | None:
    """How a flow run stands, held for this transaction; None if there is none of this id."""
    row = one_row(session, _STANDING, {"id": flow_run_id})
    if row is not None and _lacks_its_state(row):
        row = one_row(session, _STANDING, {"id": flow_run_id})
    return None if row is None else _standing(row)


def load_free(session: Session, flow_run_ids: Iterable[str]) -> dict[str, Standing]:
    """How flow runs stand, by id, held for this transaction; without those that somebody else holds."""
    rows = all_rows(session, _STANDINGS, {"ids": bound(list(flow_run_ids))})
    return {row[0]: _standing(row) for row in rows if not _lacks_its_state(row)}


def _lacks_its_state(row: Row) -> bool:
    """Whether it waited for another server, which set the state: of that it sees the row, not yet what is beside it."""
    return row[_STATE_ID] is not None and row[-1] is None


def _standing(row: Row) -> Standing:
    (id_, next_ordinal, policy, run_count, start, end, expected, next_start, total, deployment_id, pid, parent,
     state_id, state_type, state_name, state_us, message, details, data, kept) = row  # fmt: skip
    present = None
    if state_id is not None:
        present = present_state(state_id, state_type, state_name, state_us, message, details, data=data, has_kept=kept)
    facts = FlowRunFacts(
        id=id_,
        state=present,
        state_type=None if present is None else present.type,
        state_name=state_name,
        state_us=state_us,
        run_count=run_count,
        policy=kept_policy(policy),
        start_us=start,
        end_us=end,
        expected_start_us=expected,
        next_scheduled_start_us=next_start,
        total_run_time_us=total,
        deployment_id=deployment_id,
        infrastructure_pid=pid,
        parent_task_run_id=parent,
    )
    return Standing(facts, next_ordinal, policy)


def propose(
    session: Session, standing: Standing, proposed: ProposedState, policy: Policy, around: Circumstances
) -> Outcome:
    """Judge a proposed state, and do what comes of it."""
    run = standing.facts
    judgement = judge(policy, run, proposed, _looked_up(session, policy, run, proposed, around))
    state_id = "" if judgement.state is None else judgement.state.id or around.new_id()
    if judgement.state is not None:
        _write(session, standing, judgement, state_id, around)
        perform(session, judgement.effects, around)
    return outcome(judgement, state_id, run.id, run.parent_task_run_id)


def judge_first(run: FlowRunFacts, proposed: ProposedState, around: Circumstances) -> Judgement[FlowRunFacts]:
    """What a new flow run is in its first state, which nobody refuses."""
    return judge(MINIMAL_FLOW_POLICY, run, proposed, _facts(around))


def _facts(around: Circumstances, **looked_up: Any) -> Facts:
    return Facts(
        now_us=around.now,
        client_version=around.client_version,
        slot_wait_seconds=around.slot_wait_seconds,
        requeue_seconds=around.requeue_seconds,
        longest_cache_key=around.longest_cache_key,
        **looked_up,
    )


def _looked_up(
    session: Session, policy: Policy, run: FlowRunFacts, proposed: ProposedState, around: Circumstances
) -> Facts:
    wanted = needed_facts(policy, run, proposed)
    found: dict[str, Any] = {}
    if Fact.TRANSITION_KNOWN in wanted:
        given = {"id": run.id, "transition": proposed.details.transition_id}
        found["transition_known"] = scalar(session, _TRANSITION_KNOWN, given) is not None
    if Fact.DEPLOYMENT_LIMIT in wanted and run.deployment_id is not None:
        lease = None if run.state is None else run.state.details.deployment_concurrency_lease_id
        found["deployment_limit"] = deployment_slots.limit_of(session, run.deployment_id, lease, around.now)
    if Fact.NEW_LEASE_ID in wanted:
        found["new_lease_id"] = around.new_id()
    if Fact.CHANCE in wanted:
        found["chance"] = around.chance()
    return _facts(around, **found)


def state_row(flow_run_id: str, ordinal: int, state_id: str, judgement: Judgement[FlowRunFacts]) -> StateRow:
    """The judged state as it is kept."""
    written = judgement.state
    assert written is not None
    return StateRow(
        flow_run_id=flow_run_id,
        ordinal=ordinal,
        state_id=state_id,
        type=written.type.value,
        name=written.name,
        timestamp_us=written.timestamp_us,
        run_count=judgement.run.run_count,
        message=written.message,
        details=kept_details(written.details),
        data=kept_data(written.data),
    )


def moved(run: FlowRunFacts, written: ProposedState, state_id: str, around: Circumstances) -> dict[str, Any]:
    """The columns of a run's row that its state says."""
    expected = written.timestamp_us if run.expected_start_us is None else run.expected_start_us
    return {
        "state_id": state_id,
        "state_type": written.type.value,
        "state_name": written.name,
        "state_us": written.timestamp_us,
        "run_count": run.run_count,
        "start_us": run.start_us,
        "end_us": run.end_us,
        "expected_start_us": expected,
        "next_scheduled_start_us": run.next_scheduled_start_us,
        "total_run_time_us": run.total_run_time_us,
        "now": around.now,
    }


def _write(
    session: Session, standing: Standing, judgement: Judgement[FlowRunFacts], state_id: str, around: Circumstances
) -> None:
    before, run, written = standing.facts, judgement.run, judgement.state
    assert written is not None
    save_state(session, state_row(run.id, standing.next_ordinal, state_id, judgement))
    policy = standing.policy
    if run.policy is not before.policy and (changes := policy_changes(before.policy, run.policy)):
        policy = bound(msgspec.json.decode(policy) | changes)
    released = int(written.name in HELD_BY_NOBODY or written.type in TERMINAL_STATES)
    row = moved(run, written, state_id, around) | {"id": run.id, "policy": policy, "released": released}
    if before.end_us is None and run.end_us is None:
        del row["end_us"]
        session.tell(_MOVE_ON, row)
    else:
        session.tell(_MOVE_TO_OR_FROM_THE_END, row)


def perform(session: Session, effects: Iterable[Effect], around: Circumstances) -> None:
    """What is to be done beside writing the state."""
    for effect in effects:
        if isinstance(effect, TakeDeploymentSlot):
            deployment_slots.take(session, effect, around)
        elif isinstance(effect, RenewDeploymentLease):
            deployment_slots.renew(session, effect.lease_id, around)
        elif isinstance(effect, RevokeDeploymentLease):
            deployment_slots.keep_without_lease(session, effect.lease_id)
        elif isinstance(effect, ReleaseDeploymentSlot):
            deployment_slots.release(session, effect)
        elif isinstance(effect, SetParentTaskRunState):
            from tidemill.store import judged_task_runs  # noqa: PLC0415 - each has the other's runs to move

            judged_task_runs.force(session, effect.task_run_id, effect.state, around)
        elif isinstance(effect, EmitStateChange):
            continue  # every state that is written is told where it is written: see transitions.py
        else:
            raise TypeError(f"{type(effect).__name__} is not about flow runs")
