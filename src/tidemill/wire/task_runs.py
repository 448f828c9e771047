"""Task runs, and who works on them in the background."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import UNSET, UnsetType, field

from tidemill.domain.states import StateType
from tidemill.wire.base import Body, Id, Int, Wire
from tidemill.wire.policies import TaskRunPolicy
from tidemill.wire.states import State, StateCreate


class RunInput(Wire, tag_field="input_type"):
    """Where a task input comes from; ``input_type`` says what kind that is."""

    @property
    def input_type(self) -> str:
        """The kind, as the wire has it."""
        return str(self.__struct_config__.tag)


class Constant(RunInput, tag="constant"):
    """A task input that is a constant of this Python type."""

    type: str


class FlowRunResult(RunInput, tag="flow_run"):
    """A task input that is what a flow run returned."""

    id: UUID


class Parameter(RunInput, tag="parameter"):
    """A task input that is a parameter of the flow."""

    name: str


class TaskRunResult(RunInput, tag="task_run"):
    """A task input that is what a task run returned."""

    id: UUID


class TaskRun(Wire):
    """A task run, as it is answered."""

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


class TaskRunCreate(Body):
    """What a task run is made from."""

    dynamic_key: str
    task_key: str
    cache_expiration: datetime | None = None
    cache_key: str | None = None
    empirical_policy: TaskRunPolicy = field(default_factory=TaskRunPolicy)
    flow_run_id: UUID | None = None
    id: UUID | None = None
    labels: dict[str, bool | Int | float | str] | None = {}
    name: str | UnsetType | None = UNSET  # clients that have none to give say null
    state: StateCreate | None = None
    tags: list[str] = []
    task_inputs: dict[str, list[TaskRunResult | FlowRunResult | Parameter | Constant]] = {}
    task_version: str | None = None


class TaskRunResponse(Wire):
    """A task run, as it is answered."""

    id: Id
    task_key: str
    created: datetime | None = None
    empirical_policy: TaskRunPolicy = field(default_factory=TaskRunPolicy)
    end_time: datetime | None = None
    estimated_run_time: float = 0.0
    estimated_start_time_delta: float = 0.0
    flow_run_id: Id | None = None
    name: str | UnsetType = UNSET
    start_time: datetime | None = None
    state: State | None = None
    state_id: Id | None = None
    tags: list[str] = []
    task_inputs: dict[str, list[TaskRunResult | FlowRunResult | Parameter | Constant]] = {}
    task_version: str | None = None
    total_run_time: float = 0.0
    updated: datetime | None = None


class TaskRunPaginationResponse(Wire):
    """A page of task runs, and how many there are."""

    count: int
    limit: int
    page: int
    pages: int
    results: list[TaskRunResponse]


class TaskRunSort(StrEnum):
    """In which order task runs are answered."""

    ID_DESC = "ID_DESC"
    EXPECTED_START_TIME_ASC = "EXPECTED_START_TIME_ASC"
    EXPECTED_START_TIME_DESC = "EXPECTED_START_TIME_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    NEXT_SCHEDULED_START_TIME_ASC = "NEXT_SCHEDULED_START_TIME_ASC"
    END_TIME_DESC = "END_TIME_DESC"


class TaskRunUpdate(Body):
    """What of a task run is changed; what is absent stays as it is."""

    name: str | UnsetType | None = UNSET  # clients that have none to give say null


class TaskWorkerFilter(Wire):
    """By the tasks that a task worker takes."""

    task_keys: list[str]


class TaskWorkerResponse(Wire):
    """A task worker, as it is answered."""

    identifier: str
    task_keys: list[str]
    timestamp: datetime
