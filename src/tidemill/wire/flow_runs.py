"""Flow runs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, UnsetType, field

from tidemill.domain.states import StateType
from tidemill.wire.base import Body, Id, Int, Wire
from tidemill.wire.policies import FlowRunPolicy
from tidemill.wire.states import FlowRunOrchestrationResult, State, StateCreate


class CreatedBy(Wire):
    """Who or what made it."""

    display_value: str | None = None
    id: Id | None = None
    type: str | None = None


class FlowRun(Wire):
    """A flow run, with what the record knows of it."""

    flow_id: Id
    id: Id
    auto_scheduled: bool = False
    context: dict[str, Any] = {}
    created: datetime | None = None
    created_by: CreatedBy | None = None
    deployment_id: Id | None = None
    deployment_version: str | None = None
    empirical_policy: FlowRunPolicy = field(default_factory=FlowRunPolicy)
    end_time: datetime | None = None
    estimated_run_time: float = 0.0
    estimated_start_time_delta: float = 0.0
    expected_start_time: datetime | None = None
    flow_version: str | None = None
    idempotency_key: str | None = None
    infrastructure_document_id: Id | None = None
    infrastructure_pid: str | None = None
    job_variables: dict[str, Any] | None = None
    labels: dict[str, bool | int | float | str] | None = {}
    name: str | UnsetType = UNSET
    next_scheduled_start_time: datetime | None = None
    parameters: dict[str, Any] = {}
    parent_task_run_id: Id | None = None
    run_count: int = 0
    start_time: datetime | None = None
    state: State | None = None
    state_id: Id | None = None
    state_name: str | None = None
    state_type: StateType | None = None
    tags: list[str] = []
    total_run_time: float = 0.0
    updated: datetime | None = None
    work_queue_id: Id | None = None
    work_queue_name: str | None = None


class FlowRunBulkDeleteResponse(Wire):
    """The ids of the flow runs that were deleted."""

    deleted: list[Id] = []


class FlowRunBulkSetStateResponse(Wire):
    """A flow run bulk set state, as it is answered."""

    results: list[FlowRunOrchestrationResult] = []


class FlowRunCreate(Body):
    """What a flow run is made from."""

    flow_id: UUID
    context: dict[str, Any] = {}
    deployment_id: UUID | None = None
    empirical_policy: FlowRunPolicy = field(default_factory=FlowRunPolicy)
    flow_version: str | None = None
    idempotency_key: str | None = None
    infrastructure_document_id: UUID | None = None
    job_variables: dict[str, Any] | None = None
    labels: dict[str, bool | Int | float | str] | None = {}
    name: str | UnsetType | None = UNSET
    parameters: dict[str, Any] = {}
    parent_task_run_id: UUID | None = None
    state: StateCreate | None = None
    tags: list[str] = []
    work_pool_name: str | None = None
    work_queue_name: str | None = None


class FlowRunCreateResult(Wire):
    """What became of one of many flow runs that were to be made."""

    status: Literal["CREATED", "FAILED"]
    error: str | None = None
    flow_run_id: Id | None = None


class FlowRunBulkCreateResponse(Wire):
    """A flow run bulk create, as it is answered."""

    results: list[FlowRunCreateResult] = []


class FlowRunInput(Wire):
    """Something that was sent to a flow run; the value is JSON text."""

    flow_run_id: Id
    id: Id
    key: str
    value: str
    created: datetime | None = None
    sender: str | None = None
    updated: datetime | None = None


class FlowRunResponse(FlowRun):
    """A flow run, as it is answered."""

    work_pool_id: Id | None = None
    work_pool_name: str | None = None


class FlowRunPaginationResponse(Wire):
    """A page of flow runs, and how many there are."""

    count: int
    limit: int
    page: int
    pages: int
    results: list[FlowRunResponse]


class FlowRunSlotSummary(Wire):
    """A flow run that holds a slot."""

    id: Id
    name: str
    start_time: datetime | None = None
    state_name: str | None = None
    state_timestamp: datetime | None = None
    state_type: StateType | None = None
    time_in_current_state: float | None = None


class FlowRunSort(StrEnum):
    """In which order flow runs are answered."""

    ID_DESC = "ID_DESC"
    START_TIME_ASC = "START_TIME_ASC"
    START_TIME_DESC = "START_TIME_DESC"
    EXPECTED_START_TIME_ASC = "EXPECTED_START_TIME_ASC"
    EXPECTED_START_TIME_DESC = "EXPECTED_START_TIME_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    NEXT_SCHEDULED_START_TIME_ASC = "NEXT_SCHEDULED_START_TIME_ASC"
    END_TIME_DESC = "END_TIME_DESC"


class FlowRunUpdate(Body):
    """What of a flow run is changed; what is absent stays as it is."""

    empirical_policy: FlowRunPolicy | UnsetType = UNSET
    flow_version: str | UnsetType | None = UNSET
    infrastructure_pid: str | UnsetType | None = UNSET
    job_variables: dict[str, Any] | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET


class UpdatedBy(Wire):
    """Who or what changed it last."""

    display_value: str | None = None
    id: Id | None = None
    type: str | None = None
