"""Runs as rows: what JSON has of them, and which columns people see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.cli.errors import UsageProblem
from tidemill.cli.moments import ago, span
from tidemill.cli.output import Column, Output, Row, shortened
from tidemill.domain.runs import Condition, any_of
from tidemill.domain.states import NAMES_BY_TYPE, TERMINAL_STATES, StateType
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tidemill.domain.runs import FlowRun, RunState, TaskRun

STYLES: Final[dict[StateType, str]] = {
    StateType.COMPLETED: "green",
    StateType.FAILED: "red",
    StateType.CRASHED: "magenta",
    StateType.RUNNING: "blue",
    StateType.CANCELLING: "yellow",
    StateType.CANCELLED: "yellow",
    StateType.PAUSED: "yellow",
    StateType.SCHEDULED: "cyan",
    StateType.PENDING: "cyan",
}
_TYPE_OF_NAME: Final = {name: kind for kind, names in reversed(NAMES_BY_TYPE.items()) for name in names}
#: The names that states have where nobody gave another.
STATE_NAMES: Final = tuple(_TYPE_OF_NAME)
#: What only the engine can read, or needs.
_INTERNAL: Final = frozenset({"kept_parameters", "next_ordinal"})


def style_of(state_name: str | None) -> str:
    """The colour of a state, by its name."""
    kind = _TYPE_OF_NAME.get(state_name or "")
    return STYLES[kind] if kind is not None else ""


def is_over(run: FlowRun | TaskRun) -> bool:
    """Whether the run has come to an end."""
    return run.state_type in TERMINAL_STATES


def run_row(run: FlowRun | TaskRun, now: datetime) -> dict[str, Any]:
    """The run with the field names of the API, and how long it has been running by ``now``."""
    row = {name: getattr(run, name) for name in run.__struct_fields__ if name not in _INTERNAL}
    if run.state is not None:
        state = run.state
        row["state"] = {name: getattr(state, name) for name in state.__struct_fields__ if name != "data"}
    row["estimated_run_time"] = took(run, now)
    return row


def state_rows(states: Sequence[RunState]) -> list[dict[str, Any]]:
    """The states that a run went through, from the first to the present one."""
    return [{name: getattr(each, name) for name in ("type", "name", "timestamp", "message")} for each in states]


def took(run: FlowRun | TaskRun, now: datetime) -> float | None:
    """Seconds that the run took, or has taken so far; ``None`` where it has not begun."""
    if run.start_time is None:
        return None
    if is_over(run):
        return run.total_run_time or (run.end_time - run.start_time).total_seconds() if run.end_time else None
    return max((now - run.start_time).total_seconds(), 0.0)


def flow_run_columns(rows: Sequence[Row], now: datetime, output: Output) -> list[Column]:
    """What people see of flow runs."""
    return [
        _id_column(rows, output),
        Column("flow_name", title="Flow"),
        *_common(now, "expected_start_time"),
        Column("run_count", title="Attempts", wide=True),
        Column("parameters", wide=True),
        Column("tags", wide=True),
        Column("entrypoint", wide=True),
    ]


def task_run_columns(rows: Sequence[Row], now: datetime, output: Output) -> list[Column]:
    """What people see of task runs."""
    return [
        _id_column(rows, output),
        *_common(now, "start_time"),
        Column("flow_run_id", show=shortened(row["flow_run_id"] for row in rows), wide=True),
        Column("run_count", title="Attempts", wide=True),
        Column("tags", wide=True),
    ]


def _id_column(rows: Sequence[Row], output: Output) -> Column:
    """Ids are short on a terminal; a script that cuts the first column gets whole ones."""
    if output.format == "plain":
        return Column("id", title="ID")
    return Column("id", title="ID", show=shortened(row["id"] for row in rows))


def _common(now: datetime, moment: str) -> list[Column]:
    return [
        Column("name"),
        Column("state_name", title="State", style=style_of),
        Column(moment, title="When", show=lambda value: ago(value, now)),
        Column("estimated_run_time", title="Took", show=span),
    ]


def state_conditions(names: Sequence[str], types: Sequence[str]) -> list[Condition]:
    """What ``--state`` and ``--state-type`` ask for; raises UsageProblem for a type that there is not."""
    conditions = []
    if names:
        known = {name.lower(): name for name in _TYPE_OF_NAME}
        conditions.append(any_of("state_name", *(known.get(name.lower(), name) for name in names)))
    if types:
        conditions.append(any_of("state_type", *map(_state_type, types)))
    return conditions


def _state_type(text: str) -> str:
    types = [kind.value for kind in StateType]
    if text.upper() not in types:
        raise UsageProblem(f"unknown state type {text!r}{did_you_mean(text.upper(), types)}; known: {one_of(types)}")
    return text.upper()
