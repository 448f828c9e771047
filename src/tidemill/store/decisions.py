"""What needs a verdict: claiming a run, setting its state from outside, finding that its holder is dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.entries import FlowRunStateSet
from tidemill.domain.identity import derived_uuid, uuid_text
from tidemill.domain.pauses import resumption
from tidemill.domain.runs import Claim, RunState
from tidemill.domain.states import (
    DEFAULT_NAME,
    TERMINAL_STATES,
    IllegalTransitionError,
    StateType,
    from_us,
    to_us,
)
from tidemill.store import producers, reading
from tidemill.store.asking import all_rows, hold, one_row
from tidemill.store.errors import RunHeldError, StaleEpochError, UnfitValueError, UnknownRunError
from tidemill.store.fields import bound
from tidemill.store.past_states import NOT_TOLD, PAST_WITH_PRESENT
from tidemill.store.readable import complaint_about_details
from tidemill.store.retry_waits import failures_of, retry_at_us_of
from tidemill.store.transitions import IllegalStep, load_progress, save_progress

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.run_tokens import RunBound
    from tidemill.domain.runs import FlowRun
    from tidemill.store.asking import Row
    from tidemill.store.session import Session

_HELD: Final = """
SELECT flow_run.epoch, flow_run.holder, flow_run.root_flow_run_id, flow_run.name, flow_run.state_type,
    flow_run.state_name, flow_run.run_count, flow_run.next_ordinal, flow_run.end_us,
    producer.ended_us IS NULL AND producer.lease_until_us > :now, producer.host, producer.pid
FROM flow_run LEFT JOIN producer ON producer.id = flow_run.holder
WHERE flow_run.id = :id
"""
_WAITED: Final = f"SELECT {failures_of(':id')}, {retry_at_us_of(':id')}"
_CLAIM: Final = "UPDATE flow_run SET epoch = epoch + 1, holder = ?, updated_us = ? WHERE id = ?"
_HAND_OVER: Final = "UPDATE flow_run SET holder = ?, updated_us = ? WHERE id = ?"
#: A run that waits for a person outlives the process that held it.
_LOST: Final = """
SELECT id, state_type FROM flow_run
WHERE holder = ? AND end_us IS NULL AND coalesce(state_type, '') <> 'PAUSED'
ORDER BY id @locked(flow_run)
"""
#: Cut off between the end of a subflow run and the end of the task run that stands for it: it ends as that did.
_STANDING_TASK_RUNS: Final = f"""
UPDATE task_run SET past_states = {PAST_WITH_PRESENT}, {NOT_TOLD}, state_type = child.state_type,
    state_name = child.state_name, state_message = state.message, state_us = child.end_us, state_details = NULL,
    end_us = child.end_us, holder = NULL,
    total_run_time_us = task_run.total_run_time_us + @greatest(0, child.end_us - task_run.state_us)
FROM flow_run AS child
JOIN flow_run_state AS state ON state.flow_run_id = child.id AND state.ordinal = child.next_ordinal - 1
WHERE task_run.holder = :producer AND task_run.end_us IS NULL
    AND child.id = task_run.child_flow_run_id AND child.end_us IS NOT NULL
"""
#: What was within a run that was being cancelled ends as it does.
_CANCELLED_AROUND: Final = """EXISTS (
    SELECT 1 FROM flow_run AS near JOIN flow_run AS around ON around.id IN (near.id, near.root_flow_run_id)
    WHERE near.id = task_run.flow_run_id AND around.state_type IN ('CANCELLING', 'CANCELLED'))"""
_OPEN_TASK_RUNS: Final = f"""
UPDATE task_run SET past_states = {PAST_WITH_PRESENT}, {NOT_TOLD},
    state_type = CASE WHEN {_CANCELLED_AROUND} THEN 'CANCELLED' ELSE 'CRASHED' END,
    state_name = CASE WHEN {_CANCELLED_AROUND} THEN 'Cancelled' ELSE 'Crashed' END,
    state_message = :message, state_us = :now, state_details = NULL, end_us = :now, holder = NULL,
    total_run_time_us = total_run_time_us
        + CASE state_type WHEN 'RUNNING' THEN @greatest(0, :now - state_us) ELSE 0 END
WHERE holder = :producer AND end_us IS NULL
"""
_FENCE: Final = """
UPDATE flow_run SET epoch = epoch + 1, holder = NULL
WHERE id = root_flow_run_id AND id IN @listed(?)
"""


_CANCELLING: Final = """
SELECT id FROM flow_run WHERE id IN @listed(?) AND state_type = 'CANCELLING'
"""


def claim(session: Session, flow_run_id: str, producer: str, now: int, allow: Collection[StateType]) -> Claim:
    """Take the run over, if its state is one of ``allow`` and nobody alive is at it."""
    row = _held(session, flow_run_id, now)
    epoch, holder, root, name, type_name, state_name, _, _, end_us, alive, host, pid = row
    if root != flow_run_id:
        raise RunHeldError(f"flow run '{name}' is part of flow run {root}; it goes on when that one does")
    if end_us is None and alive and holder != producer:
        raise RunHeldError(
            f"flow run '{name}' is {state_name} in process {pid} on {host}; wait for it or stop it first"
        )
    _check_state(name, type_name, state_name, allow)
    session.execute(_CLAIM, (producer, now, flow_run_id))
    producers.reopen_if_it_holds_runs(session, producer)  # one that counts as ended, and does not know it yet
    return _claimed(session, flow_run_id, row, epoch + 1)


def hand_over(
    session: Session, flow_run_id: str, starter: RunBound, producer: str, now: int, allow: Collection[StateType]
) -> Claim:
    """Let the process of a run have the lease of who started it, under the same epoch; once."""
    row = _held(session, flow_run_id, now)
    epoch, holder, _, name, type_name, state_name, _, _, _, alive, host, pid = row
    if epoch != starter.epoch:
        raise StaleEpochError(f"flow run '{name}' is held under epoch {epoch} now, not {starter.epoch}")
    if alive and holder != producer and holder.startswith(starter.producer_prefix):
        raise RunHeldError(f"flow run '{name}' is {state_name} in process {pid} on {host}, which was started for it")
    _check_state(name, type_name, state_name, allow)
    session.execute(_HAND_OVER, (producer, now, flow_run_id))
    return _claimed(session, flow_run_id, row, epoch)


def _check_state(name: str, type_name: str | None, state_name: str | None, allow: Collection[StateType]) -> None:
    if type_name is not None and type_name not in allow:
        allowed = ", ".join(sorted(DEFAULT_NAME[one] for one in allow))
        raise RunHeldError(f"flow run '{name}' is {state_name}; it would have to be {allowed}")


def _claimed(session: Session, flow_run_id: str, row: Row, epoch: int) -> Claim:
    _, _, _, name, type_name, state_name, run_count, next_ordinal, *_ = row
    ((failures, retry_at_us),) = all_rows(session, _WAITED, {"id": flow_run_id})
    return Claim(
        flow_run_id=flow_run_id,
        epoch=epoch,
        run_count=run_count,
        next_ordinal=next_ordinal,
        name=name,
        state_type=None if type_name is None else StateType(type_name),
        state_name=state_name,
        failures=failures,
        retry_at_us=retry_at_us,
    )


def _held(session: Session, flow_run_id: str, now: int) -> Row:
    """How the run stands and who has it, kept so for this transaction."""
    hold(session, "flow_run", flow_run_id)
    row = one_row(session, _HELD, {"id": flow_run_id, "now": now})
    if row is None:
        raise UnknownRunError(f"no flow run has the id {flow_run_id}")
    return row


def set_state(
    session: Session,
    flow_run_id: str,
    state: RunState,
    epoch: int | None = None,
    *,
    new_attempt: bool = False,
    only_from: str | None = None,
) -> None:
    """Move the run, if the table of transitions lets it go there and the caller still speaks for it."""
    run = load_progress(session, [flow_run_id]).get(flow_run_id)
    if run is None:
        raise UnknownRunError(f"no flow run has the id {flow_run_id}")
    if epoch is not None and epoch != run.epoch:
        raise StaleEpochError(
            f"flow run {flow_run_id} is held under epoch {run.epoch} now, not {epoch}; it was claimed since"
        )
    if only_from is not None and run.state_id != only_from:
        return
    complaint = complaint_about_details(state.state_details)
    if complaint is not None:
        raise UnfitValueError(f"the state {state.name!r} says what nobody could read: {complaint}")
    step = FlowRunStateSet(
        root="",
        flow_run_id=flow_run_id,
        ordinal=run.next_ordinal,
        state_id=state.id,
        type=state.type,
        name=state.name,
        message=state.message,
        timestamp_us=to_us(state.timestamp),
        run_count=state.run_count or run.run_count,
        details=state.state_details or None,
        result=state.data,
    )
    run.take(step, new_attempt=new_attempt, decided=epoch is None)
    save_progress(session, [run])


def resume(session: Session, flow_run_id: str, now: int) -> None:
    """Let a paused run go on; where to depends on whether a live process waits in it."""
    row = _held(session, flow_run_id, now)
    present = reading.flow_run(session, flow_run_id).state
    set_state(session, flow_run_id, resumption(row[3], present, held=bool(row[1] and row[9]), now=now))


def cancel(session: Session, flow_run_id: str, now: int) -> None:
    """Ask a run that a live process holds to end; what nobody is at is Cancelled at once, with what it called."""
    row = _held(session, flow_run_id, now)
    name, type_name, state_name, alive = row[3], row[4], row[5], bool(row[1] and row[9])
    kind = None if type_name is None else StateType(type_name)
    if kind in TERMINAL_STATES:
        raise IllegalTransitionError(f"flow run '{name}' is {state_name} already: there is nothing to cancel")
    if alive and kind is StateType.CANCELLING:
        return
    goal = StateType.CANCELLING if alive else StateType.CANCELLED
    below = [] if alive else reading.tree(session, flow_run_id)
    unfinished = [run for run in reversed(below) if run.state_type not in TERMINAL_STATES]
    for run in [*unfinished, reading.flow_run(session, flow_run_id)]:
        set_state(session, run.id, _cancellation(run, goal, now))


def _cancellation(run: FlowRun, kind: StateType, now: int) -> RunState:
    # By the state it follows, not by the time alone: a run may be taken up and cancelled again within a clock's step.
    present = run.state.id if run.state is not None else ""
    named = (run.id, kind.value, present, str(now))
    return RunState(
        id=uuid_text(derived_uuid(b"cancel", *(part.encode() for part in named))),
        type=kind,
        name=DEFAULT_NAME[kind],
        message="Somebody asked for the run to be cancelled.",
        timestamp=from_us(now),
    )


def cancelling(session: Session, flow_run_ids: Collection[str]) -> list[str]:
    """Which of these runs are asked to end."""
    wanted = bound(list(flow_run_ids))
    return [id_ for (id_,) in all_rows(session, _CANCELLING, (wanted,))]


def crash_runs_of(session: Session, producer: str, now: int, message: str) -> list[str]:
    """End what a dead producer left unfinished: flow runs, subflow runs and task runs."""
    lost = [id_ for id_, _ in all_rows(session, _LOST, (producer,))]
    runs = load_progress(session, lost)
    for run in runs.values():
        kind = StateType.CANCELLED if run.state_type is StateType.CANCELLING else StateType.CRASHED
        step = FlowRunStateSet(
            root="",
            flow_run_id=run.id,
            ordinal=run.next_ordinal,
            state_id=uuid_text(derived_uuid(b"crash", run.id.encode(), str(run.next_ordinal).encode())),
            type=kind,
            name=DEFAULT_NAME[kind],
            message=message,
            timestamp_us=now,
            run_count=run.run_count,
        )
        try:
            run.take(step, new_attempt=False)
        except IllegalStep as error:  # the query asks for unfinished runs only, and those may all crash
            raise AssertionError(run.id) from error
    save_progress(session, runs.values())
    session.execute(_STANDING_TASK_RUNS, {"producer": producer})
    session.execute(_OPEN_TASK_RUNS, {"producer": producer, "now": now, "message": message})
    session.execute(_FENCE, (bound(lost),))
    return lost
