"""Steps of task runs that changed nothing, since the table of transitions does not have them: which, and why.

Asked only where fewer rows changed than there were steps, so that steps in order pay nothing for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.entries import TaskRunCreated, TaskRunEnded, TaskRunStarted, TaskRunStateSet
from tidemill.store.asking import all_rows
from tidemill.store.fields import columns

if TYPE_CHECKING:
    from tidemill.store.session import Session

_created: Final = columns(TaskRunCreated)
_set: Final = columns(TaskRunStateSet)
_end: Final = columns(TaskRunEnded)
_s: Final = columns(TaskRunStarted, "$[0]")
_e: Final = columns(TaskRunEnded, "$[1]")


def _steps(id_: str, kind: str, moment: str) -> str:
    """SQL for the steps that did not lead to the state in which their task run is now."""
    return f"""
        SELECT @place(step), {id_}, {kind}, present.state_name
        FROM @each(?, step) LEFT JOIN task_run AS present ON present.id = {id_}
        WHERE (present.state_type, present.state_us) IS DISTINCT FROM ({kind}, {moment})
    """


_NOT_TAKEN: Final = {
    TaskRunCreated.kind: _steps(_created["id"], "'PENDING'", _created["created_us"]),
    TaskRunStarted.kind: _steps(
        _s["id"], f"coalesce({_e['type']}, 'RUNNING')", f"coalesce({_e['end_us']}, {_s['start_us']})"
    ),
    TaskRunStateSet.kind: _steps(_set["id"], _set["type"], _set["timestamp_us"]),
    TaskRunEnded.kind: _steps(_end["id"], _end["type"], _end["end_us"]),
}


def not_taken(session: Session, kind: int, steps: str) -> list[tuple[int, str]]:
    """The places of those that changed nothing, and why."""
    return [
        (place, f"task run {id_} is {present or 'not there'}, which does not become {wanted} by this")
        for place, id_, wanted, present in all_rows(session, _NOT_TAKEN[kind], (steps,))
    ]
