"""Runs as they are read: what a store answers with, and the conditions by which it is asked.

Field names are the wire's. Times are UTC, durations seconds.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when it converts
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from tidemill.domain.states import StateType  # noqa: TC001 - msgspec reads the annotations when it converts


class RunState(msgspec.Struct, kw_only=True):
    """A state as it was recorded. ``data`` is what was kept of the result, in the record's own text form."""

    id: str
    type: StateType
    name: str
    timestamp: datetime
    message: str | None = None
    state_details: dict[str, Any] = {}
    data: str | None = None
    run_count: int = 0


class Flow(msgspec.Struct, kw_only=True):
    """A flow that has run at least once."""

    id: str
    name: str
    created: datetime
    tags: list[str] = []
    labels: dict[str, Any] = {}


class FlowRun(msgspec.Struct, kw_only=True):
    """A flow run as it stands. ``epoch``, ``holder`` and ``root_flow_run_id`` say who may report about it."""

    id: str
    name: str
    flow_id: str
    flow_name: str
    root_flow_run_id: str
    created: datetime
    updated: datetime
    expected_start_time: datetime
    state_type: StateType | None = None
    state_name: str | None = None
    state_id: str | None = None
    state: RunState | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    total_run_time: float = 0.0
    run_count: int = 0
    parameters: dict[str, Any] = {}
    tags: list[str] = []
    labels: dict[str, Any] = {}
    empirical_policy: dict[str, Any] = {}
    flow_version: str | None = None
    deployment_id: str | None = None
    parent_task_run_id: str | None = None
    entrypoint: str | None = None
    on_lease_lost: str = "continue"
    epoch: int = 0
    holder: str | None = None
    next_ordinal: int = 0
    kept_parameters: str | None = None

    @property
    def is_subflow_run(self) -> bool:
        """Whether another flow run called it."""
        return self.id != self.root_flow_run_id


class TaskRun(msgspec.Struct, kw_only=True):
    """A task run as it stands."""

    id: str
    name: str
    task_key: str
    dynamic_key: str
    created: datetime
    state_type: StateType
    state_name: str
    state_id: str
    state: RunState
    flow_run_id: str | None = None
    updated: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    expected_start_time: datetime | None = None
    total_run_time: float = 0.0
    run_count: int = 0
    flow_run_run_count: int = 0
    tags: list[str] = []
    task_inputs: dict[str, Any] = {}
    empirical_policy: dict[str, Any] = {}
    task_version: str | None = None
    parent_task_run_id: str | None = None
    child_flow_run_id: str | None = None
    at_most_once: bool = False


class Tally(msgspec.Struct, frozen=True):
    """How many runs of one task, or of one subflow (``task_key`` is None then), are in one type of state."""

    flow_name: str
    task_key: str | None
    state_type: StateType
    count: int


class Log(msgspec.Struct, kw_only=True):
    """A line that a run logged. ``position`` grows from line to line; ask for what comes after it to go on."""

    id: str
    position: int
    name: str
    level: int
    timestamp: datetime
    message: str
    flow_run_id: str | None = None
    task_run_id: str | None = None


class FlowRunInput(msgspec.Struct, kw_only=True):
    """Something that was sent to a flow run. ``value`` is JSON text."""

    id: str
    flow_run_id: str
    key: str
    value: str
    created: datetime
    sender: str | None = None

    @property
    def decoded_value(self) -> Any:
        """The value as Python has it."""
        return msgspec.json.decode(self.value)


class RecordedCall(msgspec.Struct, frozen=True, array_like=True):
    """How far a task run, or a subflow run, had come in an earlier attempt of its root run.

    ``failures`` counts the retries it had used up, ``scheduled_us`` is when the next was due. ``ordinal`` counts the
    states of a subflow run. Whether its value was kept is known; the value itself is read when it is asked for.
    ``made_by`` is the run whose body made the call.
    """

    run_id: str
    type: StateType
    name: str
    message: str | None
    run_count: int
    failures: int
    scheduled_us: int | None
    has_result: bool
    ordinal: int
    label: str
    made_by: str | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The right to run a flow run: until someone else claims it, what comes under ``epoch`` counts.

    Where it was cut off while a retry waited, ``retry_at_us`` is when that was due, ``failures`` how many there were.
    """

    flow_run_id: str
    epoch: int
    run_count: int
    next_ordinal: int
    name: str
    state_type: StateType | None
    state_name: str | None
    failures: int = 0
    retry_at_us: int | None = None


#: The id of a process that writes a journal. A file is named after it on the process's own machine.
ProducerId = Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z_-]{1,200}$")]


class Producer(msgspec.Struct, kw_only=True):
    """A process that writes a journal, and how to tell whether it lives."""

    id: ProducerId
    applied_seq: int = 0
    boot_id: str | None = None
    host: str | None = None
    pid: int | None = None
    process_start_us: int | None = None
    beat_us: int | None = None
    lease_until_us: int | None = None
    ended_us: int | None = None


class LateReport(msgspec.Struct, frozen=True, array_like=True):
    """An entry that was not believed, and why; ``entry`` is its JSON."""

    producer: str
    entry_seq: int
    kind: int
    root: str
    reason: str
    entry: str


class Operator(StrEnum):
    """How a condition compares. Texts are compared as they are written; ``like`` ignores case and finds parts."""

    ANY = "any_"
    NOT_ANY = "not_any_"
    ALL = "all_"
    LIKE = "like_"
    BEFORE = "before_"
    AFTER = "after_"
    AT_LEAST = "ge_"
    AT_MOST = "le_"
    IS_NULL = "is_null_"


class Condition(msgspec.Struct, frozen=True):
    """A field of the wire, an operator, and what to compare with; a run is found when all conditions hold."""

    field: str
    operator: Operator
    value: Any


class Order(msgspec.Struct, frozen=True):
    """By which field of the wire answers are sorted. Equal ones come in the order they were recorded."""

    field: str
    descending: bool = False


def any_of(field: str, *values: Any) -> Condition:
    """The field is one of the values."""
    return Condition(field, Operator.ANY, list(values))
