"""What a home has recorded, as tests ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.api.embedded import Home


class Record:
    """Asks the store, once everything written so far is in it."""

    def __init__(self, home: Home) -> None:
        self._home = home

    @property
    def store(self):
        self._home.recorder.wait_applied()
        return self._home.store

    def flow_runs(self, flow=None):
        runs = self.store.find_flow_runs()
        return [run for run in runs if flow is None or run.flow_name == flow.name]

    def flow_run(self, flow=None):
        (run,) = self.flow_runs(flow)
        return run

    def task_runs(self, task=None):
        runs = self.store.find_task_runs()
        return [run for run in runs if task is None or run.task_key == task.task_key]

    def task_run(self, task=None):
        (run,) = self.task_runs(task)
        return run

    def states(self, run):
        """Names of a run's states, in order."""
        store = self.store
        states = store.task_run_states(run.id) if hasattr(run, "task_key") else store.flow_run_states(run.id)
        return [state.name for state in states]
