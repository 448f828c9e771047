"""Questions about runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.names import clean_text
from tidemill.domain.runs import LateReport, Order, RecordedCall, Tally, any_of
from tidemill.domain.states import StateType
from tidemill.store import rows
from tidemill.store.asking import all_rows, scalar
from tidemill.store.errors import UnknownRunError
from tidemill.store.filters import FLOW_RUNS, LOGS, TASK_RUNS
from tidemill.store.portable import ALL_ROWS
from tidemill.store.retry_waits import failures_of, retry_at_us_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.domain.runs import Condition, Flow, FlowRun, Log, RunState, TaskRun
    from tidemill.store.session import Session

NEWEST_FIRST: Final = Order("expected_start_time", descending=True)
AS_RECORDED: Final = Order("position")
_FLOW_RUN: Final = f"SELECT {rows.FLOW_RUN_COLUMNS} FROM {rows.FLOW_RUN_FROM}"
_TASK_RUN: Final = f"SELECT {rows.TASK_RUN_COLUMNS} FROM task_run"
_AMBIGUOUS: Final = 4
#: What a dead process left outside of a body (a retry waited, an upstream was not ready) goes on from there, though
#: the run is Crashed meanwhile. A task run that stands for a subflow run is left out: that one speaks for itself.
_CALLS: Final = """
SELECT seq, id, CASE WHEN waited THEN @of(past_states, $[-1][0], text) ELSE state_type END,
    CASE WHEN waited THEN @of(past_states, $[-1][1], text) ELSE state_name END, state_message, run_count,
    (SELECT count(*) FROM @each(past_states, past) WHERE @field(past, $[1], text) = 'AwaitingRetry')
        + CASE state_name WHEN 'AwaitingRetry' THEN 1 ELSE 0 END,
    CASE WHEN waited THEN @of(past_states, $[-1][5].scheduled_us, int)
        ELSE @of(state_details, $.scheduled_us, int) END,
    result IS NOT NULL, 0, name, coalesce(parent_task_run_id, flow_run_id)
FROM (
    SELECT *, state_type = 'CRASHED' AND @of(past_states, $[-1][0], text) IN ('SCHEDULED', 'PENDING') AS waited
    FROM task_run WHERE flow_run_id = ? AND seq > ? AND child_flow_run_id IS NULL ORDER BY seq LIMIT ?
) AS call ORDER BY seq
"""
_SUBFLOW_CALLS: Final = f"""
SELECT run.id, run.state_type, run.state_name, state.message, run.run_count, {failures_of("run.id")},
    {retry_at_us_of("run.id")}, state.result IS NOT NULL,
    run.next_ordinal, run.name, coalesce(standing.parent_task_run_id, standing.flow_run_id)
FROM flow_run AS run
JOIN flow_run_state AS state ON state.flow_run_id = run.id AND state.ordinal = run.next_ordinal - 1
LEFT JOIN task_run AS standing ON standing.id = run.parent_task_run_id
WHERE run.root_flow_run_id = :root AND run.id <> :root
"""
_KEPT: Final = """
SELECT result FROM task_run WHERE id = :id AND result IS NOT NULL
UNION ALL SELECT state.result FROM flow_run AS run
JOIN flow_run_state AS state ON state.flow_run_id = run.id AND state.ordinal = run.next_ordinal - 1 WHERE run.id = :id
"""
_UNFINISHED_ROOTS: Final = "SELECT id FROM flow_run WHERE end_us IS NULL AND id = root_flow_run_id"
#: Tasks in the order in which they first ran, then subflows.
_TALLIES: Final = """
SELECT flow.name, NULL, coalesce(flow_run.state_type, 'PENDING'), count(*), min(flow_run.seq) AS first, 1 AS later
FROM flow_run JOIN flow ON flow.id = flow_run.flow_id
WHERE flow_run.root_flow_run_id = :run AND flow_run.id <> :run GROUP BY 1, 3
UNION ALL
SELECT flow.name, task_run.task_key, task_run.state_type, count(*), min(task_run.seq), 0
FROM flow_run JOIN flow ON flow.id = flow_run.flow_id JOIN task_run ON task_run.flow_run_id = flow_run.id
WHERE (flow_run.root_flow_run_id = :run OR flow_run.id = :run) AND task_run.child_flow_run_id IS NULL GROUP BY 1, 2, 3
ORDER BY later, first
"""


def flow_run(session: Session, handle: str) -> FlowRun:
    """By id, by name: the newest of that name, or by a prefix of the id that only one has."""
    handle = clean_text(handle)
    (found,) = (
        _flow_runs(session, "flow_run.id = :handle", handle, 1)
        or _flow_runs(session, "flow_run.name = :handle", handle, 1)
        or _only_one(
            _flow_runs(session, "flow_run.id >= :handle AND flow_run.id < :handle || 'g'", handle, _AMBIGUOUS), handle
        )
        or _unknown("flow run", handle)
    )
    return found


def _rows_of(limit: int) -> int:
    return ALL_ROWS if limit < 0 else limit


def _flow_runs(session: Session, condition: str, handle: str, limit: int) -> list[FlowRun]:
    sql = f"{_FLOW_RUN} WHERE {condition} ORDER BY flow_run.expected_start_us DESC LIMIT {limit}"
    return [rows.flow_run(row) for row in all_rows(session, sql, {"handle": handle})]


def _only_one(found: list[FlowRun], handle: str) -> list[FlowRun]:
    if handle and len(found) > 1:
        some = ", ".join(f"{run.id} ({run.name})" for run in found[:3])
        raise UnknownRunError(f"'{handle}' begins the ids of several flow runs: {some} …; write more of the id")
    return found if handle else []


def _unknown(noun: str, handle: str) -> list[FlowRun]:
    raise UnknownRunError(
        f"no {noun} has the id or name '{handle}'. List them with: tidemill {noun.replace(' ', '-')} ls"
    )


def find_flow_runs(
    session: Session, conditions: Sequence[Condition], order: Order, limit: int, offset: int
) -> list[FlowRun]:
    """Those for which all conditions hold."""
    where, bindings = FLOW_RUNS.where(conditions)
    sql = f"{_FLOW_RUN} WHERE {where} ORDER BY {FLOW_RUNS.order_by(order, 'flow_run.seq')} LIMIT ? OFFSET ?"
    return [rows.flow_run(row) for row in all_rows(session, sql, (*bindings, _rows_of(limit), offset))]


def count_flow_runs(session: Session, conditions: Sequence[Condition]) -> int:
    """How many there are for which all conditions hold."""
    where, bindings = FLOW_RUNS.where(conditions)
    return int(scalar(session, f"SELECT count(*) FROM flow_run WHERE {where}", bindings))


def flow_run_states(session: Session, flow_run_id: str) -> list[RunState]:
    """From the first to the present one."""
    sql = f"SELECT {rows.STATE_COLUMNS} FROM flow_run_state WHERE flow_run_id = ? ORDER BY ordinal"
    return [rows.state(row) for row in all_rows(session, sql, (flow_run_id,))]


def task_run(session: Session, handle: str) -> TaskRun:
    """By id, or by a prefix of the id that only one has."""
    handle = clean_text(handle)
    sql = f"{_TASK_RUN} WHERE id >= :handle AND id < :handle || 'g' LIMIT 2"
    found = [rows.task_run(row) for row in all_rows(session, sql, {"handle": handle})] if handle else []
    if not found:
        _unknown("task run", handle)
    if len(found) > 1:
        raise UnknownRunError(f"'{handle}' begins the ids of several task runs; write more of the id")
    return found[0]


def find_task_runs(
    session: Session, conditions: Sequence[Condition], order: Order, limit: int, offset: int
) -> list[TaskRun]:
    """Those for which all conditions hold."""
    where, bindings = TASK_RUNS.where(conditions)
    sql = f"{_TASK_RUN} WHERE {where} ORDER BY {TASK_RUNS.order_by(order, 'task_run.seq')} LIMIT ? OFFSET ?"
    return [rows.task_run(row) for row in all_rows(session, sql, (*bindings, _rows_of(limit), offset))]


def count_task_runs(session: Session, conditions: Sequence[Condition]) -> dict[StateType, int]:
    """How many there are for which all conditions hold, by type of state."""
    where, bindings = TASK_RUNS.where(conditions)
    sql = f"SELECT state_type, count(*) FROM task_run WHERE {where} GROUP BY state_type"
    return {StateType(kind): count for kind, count in all_rows(session, sql, bindings)}


def tallies(session: Session, flow_run_id: str) -> list[Tally]:
    """The tasks of a flow run, its subflow runs and their tasks, counted."""
    return [
        Tally(flow_name, task_key, StateType(kind), count)
        for flow_name, task_key, kind, count, _, _ in all_rows(session, _TALLIES, {"run": flow_run_id})
    ]


def task_run_states(session: Session, task_run_id: str) -> list[RunState]:
    """From the first to the present one."""
    sql = "SELECT past_states FROM task_run WHERE id = ?"
    present = task_run(session, task_run_id)
    past = scalar(session, sql, (present.id,))
    return [*rows.past_task_states(present.id, past), present.state]


def logs(session: Session, conditions: Sequence[Condition], after: int, limit: int, newest_first: bool) -> list[Log]:
    """In the order they were recorded, from behind ``after``; or backwards from the end."""
    where, bindings = LOGS.where(conditions)
    direction = "DESC" if newest_first else "ASC"
    sql = f"SELECT {rows.LOG_COLUMNS} FROM log WHERE {where} AND seq > ? ORDER BY seq {direction} LIMIT ?"
    return [rows.log(row) for row in all_rows(session, sql, (*bindings, after, _rows_of(limit)))]


def flows(session: Session, name_part: str | None, limit: int) -> list[Flow]:
    """By name."""
    name_part = clean_text(name_part or "")
    sql = f"SELECT {rows.FLOW_COLUMNS} FROM flow WHERE @contains(name, ?) ORDER BY name LIMIT ?"
    return [rows.flow(row) for row in all_rows(session, sql, (name_part, _rows_of(limit)))]


def tree(session: Session, root: str) -> list[FlowRun]:
    """The subflow runs below a root, oldest first."""
    found = find_flow_runs(session, [any_of("root_flow_run_id", root)], Order("created"), -1, 0)
    return [run for run in found if run.id != root]


def ids_below(session: Session, root: str) -> list[str]:
    """The ids of a root run and of its subflow runs."""
    return [id_ for (id_,) in all_rows(session, "SELECT id FROM flow_run WHERE root_flow_run_id = ?", (root,))]


def unfinished_roots(session: Session) -> list[str]:
    """The ids of the root runs that are not over."""
    return [id_ for (id_,) in all_rows(session, _UNFINISHED_ROOTS)]


def calls(session: Session, flow_run_id: str, after: int, limit: int) -> tuple[list[RecordedCall], int]:
    """A page of the task runs of one flow run, and where it ends."""
    page = all_rows(session, _CALLS, (flow_run_id, after, limit))
    found = [msgspec.convert(row[1:], RecordedCall, strict=False) for row in page]
    return found, page[-1][0] if page else after


def subflow_calls(session: Session, root: str) -> list[RecordedCall]:
    """The subflow runs below a root, as calls."""
    return [
        msgspec.convert(row, RecordedCall, strict=False) for row in all_rows(session, _SUBFLOW_CALLS, {"root": root})
    ]


def kept_result(session: Session, run_id: str) -> str | None:
    """What was kept of the value of a task run or flow run."""
    text: str | None = scalar(session, _KEPT, {"id": run_id})
    return text


def kept_parameters(session: Session, flow_run_id: str) -> str | None:
    """What was kept of the parameters of a flow run."""
    text: str | None = scalar(session, "SELECT kept_parameters FROM flow_run WHERE id = ?", (flow_run_id,))
    return text


def late_reports(session: Session, root: str | None, limit: int) -> list[LateReport]:
    """In the order they came."""
    sql = f"SELECT {', '.join(LateReport.__struct_fields__)} FROM late_report"
    where = "" if root is None else " WHERE root = :root"
    found = all_rows(session, f"{sql}{where} ORDER BY seq LIMIT :limit", {"root": root, "limit": _rows_of(limit)})
    return [LateReport(*row) for row in found]
