"""What the store is asked about runs, their states and their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.names import clean_text
from tidemill.store import reading
from tidemill.store.access.base import Access
from tidemill.store.reading import AS_RECORDED, NEWEST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidemill.domain.runs import (
        Condition,
        Flow,
        FlowRun,
        LateReport,
        Log,
        Order,
        RecordedCall,
        RunState,
        Tally,
        TaskRun,
    )
    from tidemill.domain.states import StateType

_CALLS_PER_PAGE: Final = 2000


class Questions(Access):
    """Asking what happened. Nothing here writes."""

    def read_flow_run(self, handle: str) -> FlowRun:
        """By id, by name (the newest of it), or by a beginning of the id that no other has.

        Raises UnknownRunError where there is none, or several.
        """
        with self._connections.reading() as session:
            return reading.flow_run(session, clean_text(handle))

    def find_flow_runs(
        self, conditions: Sequence[Condition] = (), *, order: Order = NEWEST_FIRST, limit: int = 200, offset: int = 0
    ) -> list[FlowRun]:
        """Those for which all conditions hold; newest first unless told otherwise. A limit of -1 means all."""
        with self._connections.reading() as session:
            return reading.find_flow_runs(session, conditions, order, limit, offset)

    def count_flow_runs(self, conditions: Sequence[Condition] = ()) -> int:
        """How many there are for which all conditions hold."""
        with self._connections.reading() as session:
            return reading.count_flow_runs(session, conditions)

    def unfinished_root_runs(self) -> list[str]:
        """The ids of the root runs that are not over."""
        with self._connections.reading() as session:
            return reading.unfinished_roots(session)

    def flow_run_states(self, flow_run_id: str) -> list[RunState]:
        """All its states, from the first to the present one."""
        with self._connections.reading() as session:
            return reading.flow_run_states(session, flow_run_id)

    def subflow_runs(self, root_flow_run_id: str) -> list[FlowRun]:
        """All flow runs below a root, to any depth, oldest first."""
        with self._connections.reading() as session:
            return reading.tree(session, root_flow_run_id)

    def read_task_run(self, handle: str) -> TaskRun:
        """By id, or by a beginning of the id that no other has. Raises UnknownRunError."""
        with self._connections.reading() as session:
            return reading.task_run(session, clean_text(handle))

    def find_task_runs(
        self, conditions: Sequence[Condition] = (), *, order: Order = AS_RECORDED, limit: int = 200, offset: int = 0
    ) -> list[TaskRun]:
        """Those for which all conditions hold; in the order recorded unless told otherwise. A limit of -1 means all."""
        with self._connections.reading() as session:
            return reading.find_task_runs(session, conditions, order, limit, offset)

    def count_task_runs(self, conditions: Sequence[Condition] = ()) -> dict[StateType, int]:
        """How many there are for which all conditions hold, by type of state."""
        with self._connections.reading() as session:
            return reading.count_task_runs(session, conditions)

    def tallies(self, flow_run_id: str) -> list[Tally]:
        """What a flow run consists of, counted: its tasks, its subflow runs to any depth, and their tasks."""
        with self._connections.reading() as session:
            return reading.tallies(session, flow_run_id)

    def task_run_states(self, task_run_id: str) -> list[RunState]:
        """All its states, from the first to the present one."""
        with self._connections.reading() as session:
            return reading.task_run_states(session, task_run_id)

    def read_logs(
        self,
        conditions: Sequence[Condition] = (),
        *,
        after: int = 0,
        limit: int = 200,
        newest_first: bool = False,
    ) -> list[Log]:
        """Lines whose ``position`` is beyond ``after``, in the order recorded. A limit of -1 means all."""
        with self._connections.reading() as session:
            return reading.logs(session, conditions, after, limit, newest_first)

    def flows(self, name_part: str | None = None, *, limit: int = 200) -> list[Flow]:
        """By name; with a part of the name, in either case, only those that have it."""
        with self._connections.reading() as session:
            return reading.flows(session, name_part, limit)

    def recorded_calls(self, root_flow_run_id: str) -> Iterator[RecordedCall]:
        """Every task run and subflow run below a root; read in pages, so that nobody waits long for a reader."""
        with self._connections.reading() as session:
            flow_runs = reading.ids_below(session, root_flow_run_id)
            subflow_calls = reading.subflow_calls(session, root_flow_run_id)
        yield from subflow_calls
        for flow_run in flow_runs:
            after = 0
            while True:
                with self._connections.reading() as session:
                    page, after = reading.calls(session, flow_run, after, _CALLS_PER_PAGE)
                yield from page
                if len(page) < _CALLS_PER_PAGE:
                    break

    def kept_result(self, run_id: str) -> str | None:
        """The text that was kept of the value of a task run or flow run; None where nothing was."""
        with self._connections.reading() as session:
            return reading.kept_result(session, run_id)

    def kept_parameters(self, flow_run_id: str) -> str | None:
        """The text that was kept of a root flow run's parameters; None where nothing was."""
        with self._connections.reading() as session:
            return reading.kept_parameters(session, flow_run_id)

    def late_reports(self, root_flow_run_id: str | None = None, *, limit: int = 200) -> list[LateReport]:
        """Entries that came too late to count, of one root run or of all."""
        with self._connections.reading() as session:
            return reading.late_reports(session, root_flow_run_id, limit)
