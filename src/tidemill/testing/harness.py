"""A tidemill for one test: its flows run in memory, and it can be asked what ran."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.runs import Order
from tidemill.domain.states import from_us
from tidemill.engine.opening import engine_settings
from tidemill.engine.runtime import replace_process_runtime
from tidemill.logging.configuration import ensure_logging_setup
from tidemill.settings import get_current_settings
from tidemill.testing.clock import SkippingClock
from tidemill.testing.memory import MemoryHome
from tidemill.testing.surroundings import away_from_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typing_extensions import TypeIs  # for type checkers only: they all know it

    from tidemill.domain.runs import FlowRun, Log, TaskRun
    from tidemill.flows import Flow
    from tidemill.store.run_store import RunStore
    from tidemill.tasks import Task


_OLDEST_FIRST: Final = Order("created")


class Harness:
    """What ran in this test, and its clock. Answers count everything that was recorded up to the question."""

    def __init__(self, home: MemoryHome, clock: SkippingClock, path: Path) -> None:
        self.clock = clock
        self.path = path
        self._home = home

    @property
    def store(self) -> RunStore:
        """The store, with everything recorded so far."""
        self._home.recorder.wait_applied()
        return self._home.store

    def flow_runs(self, flow: Flow[..., Any] | str | None = None) -> list[FlowRun]:
        """In the order they were made; of one flow, if it or its name is given."""
        wanted = flow if isinstance(flow, str) or flow is None else flow.name
        runs = self.store.find_flow_runs(order=_OLDEST_FIRST, limit=-1)
        return [run for run in runs if wanted is None or run.flow_name == wanted]

    def task_runs(self, task: Task[..., Any] | str | None = None) -> list[TaskRun]:
        """In the order they were recorded; of one task, if it or its name is given."""
        runs = [run for run in self.store.find_task_runs(limit=-1) if run.child_flow_run_id is None]
        return [run for run in runs if task is None or _is_of(run, task)]

    def logs(self, containing: str = "") -> list[Log]:
        """What runs logged, in order; only lines that have this text in them."""
        return [line for line in self.store.read_logs(limit=-1) if containing in line.message]

    def states(self, run: FlowRun | TaskRun) -> list[str]:
        """The names of a run's states, from the first to the last."""
        known = self.store.flow_run_states if hasattr(run, "flow_name") else self.store.task_run_states
        return [state.name for state in known(run.id)]

    def set_limit(self, name: str, slots: int, slot_decay_per_second: float = 0.0) -> None:
        """Make a concurrency limit, or change it. ``tag:<tag>`` limits the tasks that have the tag."""
        now = self.clock.now_us()
        if any(limit.name == name for limit in self.store.limits(now)):
            self.store.update_limit(name, now, limit=slots, slot_decay_per_second=slot_decay_per_second)
        else:
            made = ConcurrencyLimit(
                id=self._home.slots.new_id(),
                name=name,
                limit=slots,
                active_slots=0,
                created=from_us(now),
                updated=from_us(now),
                slot_decay_per_second=slot_decay_per_second,
            )
            self.store.create_limit(made, now)
        self._home.slots.forget_limits()

    def assert_ran(
        self,
        work: Flow[..., Any] | Task[..., Any] | str,
        *,
        times: int | None = None,
        state: str | None = None,
        attempts: int | None = None,
    ) -> None:
        """There are runs of a flow or task: as many as ``times``, else at least one.

        With ``state``, only runs in that state count: its name or its type, in either case. ``attempts`` is how often
        their bodies were begun, in all.
        """
        runs = self._runs_of(work)
        counted = [run for run in runs if state is None or _is_in(run, state)]
        title = f"{work if isinstance(work, str) else work.name!r}"
        wanted = f"{title} to have run{_times(times)}{f' and be {state}' if state else ''}"
        if (not counted and times is None) or (times is not None and len(counted) != times):
            raise AssertionError(f"expected {wanted}. {_told(runs, self._all)}")
        begun = sum(run.run_count for run in counted)
        if attempts is not None and begun != attempts:
            told = _told(runs, self._all)
            raise AssertionError(f"expected {title} to be begun {attempts} times, not {begun}. {told}")

    def assert_did_not_run(self, work: Flow[..., Any] | Task[..., Any] | str) -> None:
        """There is no run of a flow or task."""
        self.assert_ran(work, times=0)

    def _runs_of(self, work: Flow[..., Any] | Task[..., Any] | str) -> list[FlowRun | TaskRun]:
        if isinstance(work, str):
            return [*self.flow_runs(work), *self.task_runs(work)]
        if _is_task(work):
            return [*self.task_runs(work)]
        return [*self.flow_runs(work)]

    def _all(self) -> list[FlowRun | TaskRun]:
        return [*self.flow_runs(), *self.task_runs()]


def _is_task(work: Flow[..., Any] | Task[..., Any]) -> TypeIs[Task[..., Any]]:
    return hasattr(work, "task_key")


def _is_of(run: TaskRun, task: Task[..., Any] | str) -> bool:
    if isinstance(task, str):
        return run.task_key.rpartition("-")[0] == task
    return run.task_key == task.task_key


def _is_in(run: FlowRun | TaskRun, state: str) -> bool:
    kind = run.state_type.value if run.state_type is not None else ""
    return state.lower() in (kind.lower(), (run.state_name or "").lower())


def _times(times: int | None) -> str:
    return "" if times is None else " once" if times == 1 else f" {times} times"


def _told(runs: list[FlowRun | TaskRun], everything: Callable[[], list[FlowRun | TaskRun]]) -> str:
    if runs:
        return "It has: " + ", ".join(f"{run.name} {run.state_name}" for run in runs[:20])
    others = sorted({run.name for run in everything()})
    return f"It has not run; these have: {', '.join(others[:20])}" if others else "Nothing has run"


@contextmanager
def harness() -> Iterator[Harness]:
    """Within the block, flows and tasks of this process run in a tidemill of their own, in memory."""
    clock = SkippingClock()
    with away_from_home() as path:
        ensure_logging_setup()
        home = MemoryHome(clock, path, engine_settings(get_current_settings()))
        before = replace_process_runtime(home.runtime)
        try:
            yield Harness(home, clock, path)
        finally:
            replace_process_runtime(before)
            home.close()
