"""What pages of a UI ask for."""

from __future__ import annotations

from datetime import datetime

from tidemill.domain.states import StateType
from tidemill.wire.base import Id, Wire
from tidemill.wire.task_runs import TaskRun


class SimpleFlowRun(Wire):
    """A flow run as a dot: when, how long, in which state."""

    duration: float
    id: Id
    lateness: float
    state_type: StateType
    timestamp: datetime


class SimpleNextFlowRun(Wire):
    """The next flow run of a flow."""

    flow_id: Id
    id: Id
    name: str
    next_scheduled_start_time: datetime
    state_name: str
    state_type: StateType


TaskRunCount = dict[str, int]


class UITaskRun(TaskRun):
    """A task run, as pages show it."""

    flow_run_name: str | None = None


class SchemaValueIndexError(Wire):
    """What is wrong with an element."""

    errors: list[str | SchemaValuePropertyError | SchemaValueIndexError]
    index: int


class SchemaValuePropertyError(Wire):
    """What is wrong with a property."""

    errors: list[str | SchemaValuePropertyError | SchemaValueIndexError]
    property: str


class SchemaValuesValidationResponse(Wire):
    """Whether values fit a schema, and where they do not."""

    errors: list[str | SchemaValuePropertyError | SchemaValueIndexError]
    valid: bool
