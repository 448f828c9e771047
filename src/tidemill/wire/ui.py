"""What pages of a UI ask for."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, UnsetType, field

from tidemill.domain.states import StateType
from tidemill.wire.base import Id, Wire
from tidemill.wire.policies import TaskRunPolicy
from tidemill.wire.states import State
from tidemill.wire.task_runs import Constant, FlowRunResult, Parameter, TaskRunResult


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


class UITaskRun(Wire):
    """A task run, as pages show it."""

    dynamic_key: str
    id: Id
    task_key: str
    cache_expiration: datetime | None = None
    cache_key: str | None = None
    created: datetime | None = None
    empirical_policy: TaskRunPolicy = field(default_factory=TaskRunPolicy)
    end_time: datetime | None = None
    estimated_run_time: float = 0.0
    estimated_start_time_delta: float = 0.0
    expected_start_time: datetime | None = None
    flow_run_id: Id | None = None
    flow_run_name: str | None = None
    flow_run_run_count: int = 0
    labels: dict[str, bool | int | float | str] | None = {}
    name: str | UnsetType = UNSET
    next_scheduled_start_time: datetime | None = None
    run_count: int = 0
    start_time: datetime | None = None
    state: State | None = None
    state_id: Id | None = None
    state_name: str | None = None
    state_type: StateType | None = None
    tags: list[str] = []
    task_inputs: dict[str, list[TaskRunResult | FlowRunResult | Parameter | Constant]] = {}
    task_version: str | None = None
    total_run_time: float = 0.0
    updated: datetime | None = None


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
