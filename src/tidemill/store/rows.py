"""From rows to the read models. A row is taken apart whole: a column too many or too few is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.identity import derived_uuid, uuid_text
from tidemill.domain.runs import Flow, FlowRun, Log, RunState, TaskRun
from tidemill.domain.states import StateType, from_us

if TYPE_CHECKING:
    from datetime import datetime

_decode: Final = msgspec.json.Decoder().decode
_SECOND_US: Final = 1_000_000

FLOW_COLUMNS: Final = "id, name, created_us, tags, labels"
#: By the name under which the reader asks for each.
_FLOW_RUN: Final = {
    "id": "flow_run.id",
    "name": "flow_run.name",
    "flow_id": "flow_run.flow_id",
    "flow_name": "(SELECT name FROM flow WHERE flow.id = flow_run.flow_id)",
    "root_flow_run_id": "root_flow_run_id",
    "created_us": "flow_run.created_us",
    "updated_us": "updated_us",
    "expected_start_us": "expected_start_us",
    "start_us": "start_us",
    "end_us": "end_us",
    "total_run_time_us": "total_run_time_us",
    "run_count": "flow_run.run_count",
    "parameters": "parameters",
    "tags": "flow_run.tags",
    "labels": "flow_run.labels",
    "empirical_policy": "empirical_policy",
    "flow_version": "flow_version",
    "deployment_id": "deployment_id",
    "parent_task_run_id": "parent_task_run_id",
    "entrypoint": "entrypoint",
    "on_lease_lost": "on_lease_lost",
    "epoch": "epoch",
    "holder": "holder",
    "next_ordinal": "next_ordinal",
    "kept_parameters": "kept_parameters",
    "state_id": "state_id",
    "state_type": "state_type",
    "state_name": "state_name",
    "state_us": "state.timestamp_us",
    "state_message": "state.message",
    "state_details": "state.details",
    "state_result": "state.result",
}
FLOW_RUN_COLUMNS: Final = ", ".join(_FLOW_RUN.values())
FLOW_RUN_FROM: Final = """
    flow_run LEFT JOIN flow_run_state AS state
    ON state.flow_run_id = flow_run.id AND state.ordinal = flow_run.next_ordinal - 1"""
STATE_COLUMNS: Final = "id, type, name, timestamp_us, message, details, result, run_count"
TASK_RUN_COLUMNS: Final = """
    id, name, task_key, dynamic_key, created_us, flow_run_id, start_us, end_us, total_run_time_us, run_count,
    flow_run_run_count, tags, task_inputs, empirical_policy, task_version, parent_task_run_id, child_flow_run_id,
    at_most_once, state_type, state_name, state_message, state_us, state_details, result,
    @length(past_states)"""
LOG_COLUMNS: Final = "seq, name, level, timestamp_us, message, flow_run_id, task_run_id"


def flow(row: tuple[Any, ...]) -> Flow:
    """From FLOW_COLUMNS."""
    id_, name, created, tags, labels = row
    return Flow(id=id_, name=name, created=from_us(created), tags=_decode(tags), labels=_decode(labels))


def state(row: tuple[Any, ...]) -> RunState:
    """From STATE_COLUMNS."""
    id_, kind, name, timestamp, message, details, result, run_count = row
    return RunState(
        id=id_,
        type=StateType(kind),
        name=name,
        timestamp=from_us(timestamp),
        message=message,
        state_details=_object(details),
        data=result,
        run_count=run_count,
    )


def flow_run(row: tuple[Any, ...]) -> FlowRun:
    """From FLOW_RUN_COLUMNS."""
    of = dict(zip(_FLOW_RUN, row, strict=True))
    present = None
    if of["state_id"] is not None:
        present = state(
            (of["state_id"], of["state_type"], of["state_name"], of["state_us"], of["state_message"],
             of["state_details"], of["state_result"], of["run_count"])
        )  # fmt: skip
    return FlowRun(
        id=of["id"],
        name=of["name"],
        flow_id=of["flow_id"],
        flow_name=of["flow_name"],
        root_flow_run_id=of["root_flow_run_id"],
        created=from_us(of["created_us"]),
        updated=from_us(of["updated_us"]),
        expected_start_time=from_us(of["expected_start_us"]),
        state_type=None if present is None else present.type,
        state_name=of["state_name"],
        state_id=of["state_id"],
        state=present,
        start_time=_time(of["start_us"]),
        end_time=_time(of["end_us"]),
        total_run_time=of["total_run_time_us"] / _SECOND_US,
        run_count=of["run_count"],
        parameters=_decode(of["parameters"]),
        tags=_decode(of["tags"]),
        labels=_decode(of["labels"]),
        empirical_policy=_decode(of["empirical_policy"]),
        flow_version=of["flow_version"],
        deployment_id=of["deployment_id"],
        parent_task_run_id=of["parent_task_run_id"],
        entrypoint=of["entrypoint"],
        on_lease_lost=of["on_lease_lost"],
        epoch=of["epoch"],
        holder=of["holder"],
        next_ordinal=of["next_ordinal"],
        kept_parameters=of["kept_parameters"],
    )


def task_run(row: tuple[Any, ...]) -> TaskRun:
    """From TASK_RUN_COLUMNS."""
    (id_, name, task_key, dynamic_key, created, flow_run_id, start, end, total, run_count, flow_run_run_count, tags,
     inputs, policy, version, parent, child, at_most_once, *now, earlier) = row  # fmt: skip
    kind, state_name, message, timestamp, details, result = now
    present = state((task_state_id(id_, earlier), kind, state_name, timestamp, message, details, result, run_count))
    return TaskRun(
        id=id_,
        name=name,
        task_key=task_key,
        dynamic_key=dynamic_key,
        created=from_us(created),
        state_type=present.type,
        state_name=state_name,
        state_id=present.id,
        state=present,
        flow_run_id=flow_run_id,
        updated=present.timestamp,
        start_time=_time(start),
        end_time=_time(end),
        expected_start_time=from_us(created),
        total_run_time=total / _SECOND_US,
        run_count=run_count,
        flow_run_run_count=flow_run_run_count,
        tags=_decode(tags),
        task_inputs=_object(inputs),
        empirical_policy=_object(policy),
        task_version=version,
        parent_task_run_id=parent,
        child_flow_run_id=child,
        at_most_once=bool(at_most_once),
    )


def past_task_states(task_run_id: str, past_states: str) -> list[RunState]:
    """The states before the present one, oldest first."""
    return [
        RunState(
            id=task_state_id(task_run_id, number),
            type=StateType(kind),
            name=name,
            timestamp=from_us(timestamp),
            message=message,
            state_details=details or {},
            run_count=run_count,
        )
        for number, (kind, name, message, timestamp, run_count, details, *_) in enumerate(_decode(past_states))
    ]


#: In how many characters at its end the id of a task run's state differs from the run's.
UNLIKE: Final = 8


def task_state_id(task_run_id: str, number: int) -> str:
    """Task states are told apart by their number; where an id is asked for, it follows from that, and leads back."""
    return f"{task_run_id[:-8]}{int(task_run_id[-8:], 16) ^ (number + 1):08x}"


def task_state_number(task_run_id: str, state_id: str) -> int | None:
    """Which state of the task run has the id; None where none can."""
    if state_id[:-8] != task_run_id[:-8] or state_id == task_run_id:
        return None
    return (int(state_id[-8:], 16) ^ int(task_run_id[-8:], 16)) - 1


def log_id(seq: int) -> str:
    """Lines are told apart by their number; where an id is asked for, it follows from that."""
    return uuid_text(derived_uuid(b"log", str(seq).encode()))


def log(row: tuple[Any, ...]) -> Log:
    """From LOG_COLUMNS."""
    seq, name, level, timestamp, message, flow_run_id, task_run_id = row
    return Log(
        id=log_id(seq),
        position=seq,
        name=name,
        level=level,
        timestamp=from_us(timestamp),
        message=message,
        flow_run_id=flow_run_id,
        task_run_id=task_run_id,
    )


def _object(text: str | None) -> dict[str, Any]:
    return {} if text is None else _decode(text)


def _time(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)
