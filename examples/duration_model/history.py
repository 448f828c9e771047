"""What tidemill recorded of a run's tasks, as far as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class TaskTime:
    """One task run: its name, the seconds it took, its last state, and whether a cache gave its result."""

    name: str
    seconds: float
    state: str

    @property
    def cached(self) -> bool:
        """No body ran: the result is that of an earlier run."""
        return self.state == "Cached"


def task_times(flow_run_id: str) -> list[TaskTime]:
    """The task runs of a flow run, in the order they came, as the store has them."""
    from tidemill.history import read_task_runs

    return times_of(read_task_runs(flow_run_id))


def times_of(task_runs: Iterable[Any]) -> list[TaskTime]:
    """What the report needs of task runs as the API gives them."""
    return [
        TaskTime(run.name, run.total_run_time, run.state_name)
        for run in sorted(task_runs, key=lambda run: run.start_time or run.created)
    ]
