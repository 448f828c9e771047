"""Runs counted: by interval of time and state, by flow run, by type of state; and how late they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.states import StateType
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, scalar
from tidemill.store.fields import bound
from tidemill.store.finding import Bindings
from tidemill.store.histories import LATE, RAN, counted_history, is_counted
from tidemill.store.nouns import conditions
from tidemill.store.tag_lists import flow_run_conditions

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.asking import Row
    from tidemill.store.nouns import Wanted
    from tidemill.store.session import Session

_SECOND_US: Final = 1_000_000
_EXPECTED: Final = {
    "flow_run": "flow_run.expected_start_us",
    "task_run": "coalesce(task_run.expected_start_us, task_run.created_us)",
}
_BY_FLOW_RUN: Final = """
SELECT flow_run_id, count(*) FROM task_run
WHERE flow_run_id IN @listed(:ids)
    AND NOT EXISTS (SELECT 1 FROM flow_run AS child WHERE child.parent_task_run_id = task_run.id)
GROUP BY flow_run_id
"""
_NEXT_RUNS: Final = """
SELECT flow_run.flow_id, flow_run.id, flow_run.name, flow_run.state_name, flow_run.state_type,
    flow_run.next_scheduled_start_us
FROM flow_run WHERE flow_run.flow_id IN @listed(:ids) AND flow_run.state_type = 'SCHEDULED'
    AND flow_run.next_scheduled_start_us IS NOT NULL
ORDER BY flow_run.next_scheduled_start_us, flow_run.seq
"""
_DEPLOYMENTS: Final = """
SELECT flow_id, count(*) FROM deployment WHERE flow_id IN @listed(:ids) GROUP BY flow_id
"""
#: The interval's number, type and name of the state, how many runs, seconds they ran, seconds they were late.
HistoryRow = tuple[int, str, str, int, float, float]


class FlowRunCounts(Access):
    """Counting runs. Nothing here writes."""

    def history(self, table: str, wanted: Wanted, *, start: int, end: int, interval: int, now: int) -> list[HistoryRow]:
        """Runs (of ``table``: flow_run, task_run) expected from ``start`` to before ``end``, by interval and state."""
        with self._connections.reading() as session:
            if table == "flow_run" and is_counted(wanted):
                rows = counted_history(session, wanted, start=start, end=end, interval=interval, now=now)
            else:
                rows = _history(session, table, wanted, start, end, interval, now)
        return [
            (int(place), kind, name, int(runs), int(ran) / _SECOND_US, int(late) / _SECOND_US)
            for place, kind, name, runs, ran, late in rows
        ]

    def average_lateness(self, wanted: Wanted, now: int) -> float | None:
        """By how many seconds flow runs began late, on average; None where there are no runs."""
        bindings = Bindings(now=now)
        late = LATE.format(t="flow_run", expected=_EXPECTED["flow_run"])
        with self._connections.reading() as session:
            sql = f"SELECT avg({late}) FROM flow_run WHERE {flow_run_conditions(session, wanted, bindings)}"
            average = scalar(session, sql, bindings)
        return None if average is None else float(average) / _SECOND_US

    def task_runs_by_type(self, wanted: Wanted) -> dict[StateType, int]:
        """How many task runs there are of each type of state."""
        bindings = Bindings()
        where = conditions("task_run", wanted, bindings)
        sql = f"SELECT task_run.state_type, count(*) FROM task_run WHERE {where} GROUP BY task_run.state_type"
        with self._connections.reading() as session:
            return {StateType(kind): count for kind, count in all_rows(session, sql, bindings)}

    def finished_task_runs(self, wanted: Wanted, *, start: int, end: int, interval: int) -> list[tuple[int, str, int]]:
        """Task runs that began from ``start`` to before ``end``, by interval and type of state."""
        bindings = Bindings()
        where = conditions("task_run", wanted, bindings)
        begin = bindings.bind(start)
        sql = f"""
            SELECT (task_run.start_us - {begin}) / {bindings.bind(interval)} AS place, task_run.state_type, count(*)
            FROM task_run WHERE task_run.start_us >= {begin} AND task_run.start_us < {bindings.bind(end)} AND {where}
            GROUP BY 1, 2"""
        with self._connections.reading() as session:
            return [(int(place), kind, int(count)) for place, kind, count in all_rows(session, sql, bindings)]

    def task_runs_of(self, flow_run_ids: Collection[str]) -> dict[str, int]:
        """How many task runs each flow run has; those that stand for subflow runs do not count."""
        return self._counted(_BY_FLOW_RUN, flow_run_ids)

    def deployments_of(self, flow_ids: Collection[str]) -> dict[str, int]:
        """How many deployments each flow has."""
        return self._counted(_DEPLOYMENTS, flow_ids)

    def next_runs_of(self, flow_ids: Collection[str]) -> dict[str, tuple[Any, ...]]:
        """For each flow its next scheduled run: flow, id, name, name and type of its state, and when it is due."""
        found: dict[str, tuple[Any, ...]] = {}
        with self._connections.reading() as session:
            for row in all_rows(session, _NEXT_RUNS, {"ids": bound(list(flow_ids))}):
                found.setdefault(row[0], row)
        return found

    def _counted(self, sql: str, ids: Collection[str]) -> dict[str, int]:
        with self._connections.reading() as session:
            return dict(all_rows(session, sql, {"ids": bound(list(ids))}))


def _history(session: Session, table: str, wanted: Wanted, start: int, end: int, interval: int, now: int) -> list[Row]:
    """Run by run."""
    bindings = Bindings(now=now)
    expected = _EXPECTED[table]
    where = (
        flow_run_conditions(session, wanted, bindings) if table == "flow_run" else conditions(table, wanted, bindings)
    )
    begin = bindings.bind(start)
    sql = f"""
        SELECT ({expected} - {begin}) / {bindings.bind(interval)} AS place, {table}.state_type, {table}.state_name,
            count(*), @total({RAN.format(t=table)}), @total({LATE.format(t=table, expected=expected)})
        FROM {table} WHERE {expected} >= {begin} AND {expected} < {bindings.bind(end)}
            AND {table}.state_type IS NOT NULL AND {where}
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    return all_rows(session, f"@by_values({sql})", bindings)
