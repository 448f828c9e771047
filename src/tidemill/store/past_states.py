"""A task run's states before the present one, as they are kept in its row.

A JSON array of [type, name, message, timestamp_us, run_count, details], oldest first; behind that the id and the data
of the state, where it was told with such.
"""

from __future__ import annotations

from typing import Final

_COLUMNS: Final = """task_run.state_type, task_run.state_name, task_run.state_message, task_run.state_us,
    task_run.run_count, @json(task_run.state_details)"""
_TOLD: Final = "task_run.state_id, @json(task_run.state_data)"


def with_present_behind(*more: str) -> str:
    """SQL for: the past of a row that gets a new state, with the one it has behind it, and then ``more``."""
    plain, told = (
        f"@with_behind(task_run.past_states, {', '.join([f'@array({columns})', *more])})"
        for columns in (_COLUMNS, f"{_COLUMNS}, {_TOLD}")
    )
    return f"CASE WHEN task_run.state_id IS NULL AND task_run.state_data IS NULL THEN {plain} ELSE {told} END"


PAST_WITH_PRESENT: Final = with_present_behind()
#: Of a new state that is recorded by the process of the run: what was told with the one before is not its own.
NOT_TOLD: Final = "state_id = NULL, state_data = NULL"
