"""A flow run's way from state to state: judged by the domain's table, kept without a gap.

Reports (a batch) and decisions (pause, cancel, crash) both come through here, so one place numbers the states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.entries import FlowRunStateSet
from tidemill.domain.states import TERMINAL_STATES, IllegalTransitionError, StateType, check_transition
from tidemill.store.asking import all_rows
from tidemill.store.fields import bound, columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.store.session import Session

_f: Final = columns(FlowRunStateSet)

_SAVE_STATES: Final = f"""
INSERT INTO flow_run_state (flow_run_id, ordinal, id, type, name, message, timestamp_us, run_count, details, result)
SELECT {_f["flow_run_id"]}, {_f["ordinal"]}, {_f["state_id"]}, {_f["type"]}, {_f["name"]}, {_f["message"]},
    {_f["timestamp_us"]}, {_f["run_count"]}, {_f["details"]}, {_f["result"]}
FROM @each(?, step)
"""


#: A run that is asked to end is at work until it has ended.
_AT_WORK: Final = frozenset({StateType.RUNNING, StateType.CANCELLING})


class IllegalStep(IllegalTransitionError):  # noqa: N818 - kept short: it never leaves the store as such
    """A run was asked to go where its present state does not lead."""


#: Of a run that left its process, and may be claimed by whoever resumes it; of one that will not start in its process.
HELD_BY_NOBODY: Final = frozenset({"Suspended", "NotReady"})


class Progress(msgspec.Struct, array_like=True):
    """Where a flow run stands; fields as the columns of its row."""

    id: str
    next_ordinal: int
    state_id: str | None
    state_type: StateType | None
    state_name: str | None
    state_us: int | None
    start_us: int | None
    end_us: int | None
    total_run_time_us: int
    run_count: int
    holder: str | None
    epoch: int
    taken: list[FlowRunStateSet] = []

    def take(self, step: FlowRunStateSet, *, new_attempt: bool, decided: bool = False) -> None:
        """Go to the step's state. A state that was taken already changes nothing.

        ``decided``: somebody else than its holder says so; a run that is over by that is nobody's any more.
        Raises IllegalStep where the present state does not lead there.
        """
        if step.state_id == self.state_id or any(step.state_id == other.state_id for other in self.taken):
            return
        kind = StateType(step.type)
        try:
            check_transition(self.state_type, kind, new_attempt=new_attempt)
        except IllegalTransitionError as error:
            raise IllegalStep(f"flow run {self.id}: {error}") from error
        if self.state_type in _AT_WORK and self.state_us is not None:
            self.total_run_time_us += max(0, step.timestamp_us - self.state_us)
        if kind is StateType.RUNNING and self.start_us is None:
            self.start_us = step.timestamp_us
        self.end_us = step.timestamp_us if kind in TERMINAL_STATES else None
        if step.name in HELD_BY_NOBODY or (decided and kind in TERMINAL_STATES):
            self.holder = None
        self.taken.append(msgspec.structs.replace(step, ordinal=self.next_ordinal))
        self.next_ordinal += 1
        self.state_id, self.state_type, self.state_name = step.state_id, kind, step.name
        self.state_us, self.run_count = step.timestamp_us, step.run_count


_UPDATED: Final = [name for name in Progress.__struct_fields__ if name not in {"id", "epoch", "taken"}]
_p: Final = columns(Progress)  # type: ignore[arg-type]  # an array in the order of its fields, as entries are
_LOAD: Final = f"""
SELECT id, {", ".join(_UPDATED)}, epoch FROM flow_run WHERE id IN @listed(?) ORDER BY id @locked(flow_run)
"""
_SAVE: Final = f"""
UPDATE flow_run SET {", ".join(f"{name} = step.{name}" for name in _UPDATED)}, updated_us = step.state_us
FROM (SELECT {", ".join(f"{_p[name]} AS {name}" for name in ["id", *_UPDATED])} FROM @each(?, step)) AS step
WHERE flow_run.id = step.id
"""

_SAVE_STATE: Final = """
INSERT INTO flow_run_state (
    flow_run_id, ordinal, id, type, name, message, timestamp_us, run_count, details, result, data)
VALUES (:flow_run_id, :ordinal, :state_id, :type, :name, :message, :timestamp_us, :run_count, :details, NULL, :data)
"""


class StateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A state of a flow run as it is kept; ``details`` and ``data`` are JSON."""

    flow_run_id: str
    ordinal: int
    state_id: str
    type: str
    name: str
    timestamp_us: int
    run_count: int
    message: str | None = None
    details: str | None = None
    data: str | None = None


def save_state(session: Session, row: StateRow) -> None:
    """Write a state that rules have judged. The run's row is its writer's to move, in the same transaction."""
    session.tell(_SAVE_STATE, msgspec.structs.asdict(row))


def load_progress(session: Session, flow_runs: Iterable[str]) -> dict[str, Progress]:
    """Where the flow runs stand, by id; those that do not exist are missing."""
    wanted = bound(list(flow_runs))
    rows = all_rows(session, _LOAD, (wanted,))
    return {row[0]: msgspec.convert([*row, []], Progress) for row in rows}


def save_progress(session: Session, runs: Iterable[Progress]) -> None:
    """Write the states taken since loading, and where that leads."""
    moved = [run for run in runs if run.taken]
    if not moved:
        return
    states = [state for run in moved for state in run.taken]
    session.execute(_SAVE_STATES, (bound(states),))
    session.execute(_SAVE, (bound(moved),))
