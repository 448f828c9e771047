"""Deployments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from tidemill.wire.base import MOST, Body, Id, Int, Wire
from tidemill.wire.concurrency_limits import GlobalConcurrencyLimitResponse
from tidemill.wire.flow_runs import CreatedBy, UpdatedBy
from tidemill.wire.policies import FlowRunPolicy
from tidemill.wire.schedules import DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate
from tidemill.wire.states import StateCreate


def _any_parameters() -> dict[str, Any]:
    """The schema of a flow of which nothing is known."""
    return {"type": "object", "properties": {}}


class ConcurrencyLimitStrategy(StrEnum):
    """What happens to a run that finds no slot."""

    ENQUEUE = "ENQUEUE"
    CANCEL_NEW = "CANCEL_NEW"


class ConcurrencyOptions(Wire):
    """What happens to a run that finds no slot, and how long a slot is kept for one that does not start."""

    collision_strategy: ConcurrencyLimitStrategy
    grace_period_seconds: Annotated[int, Meta(ge=60, le=86400)] | None = None


class DeploymentBulkDeleteResponse(Wire):
    """The ids of the deployments that were deleted."""

    deleted: list[Id] = []


class DeploymentFlowRunCreate(Body):
    """What a deployment flow run is made from."""

    context: dict[str, Any] = {}
    empirical_policy: FlowRunPolicy = field(default_factory=FlowRunPolicy)
    enforce_parameter_schema: bool | None = None
    idempotency_key: str | None = None
    infrastructure_document_id: UUID | None = None
    job_variables: dict[str, Any] | None = {}
    labels: dict[str, bool | Int | float | str] | None = None
    name: str | UnsetType | None = UNSET
    parameters: dict[str, Any] = {}
    parent_task_run_id: UUID | None = None
    state: StateCreate | None = None
    tags: list[str] = []
    work_queue_name: str | None = None


class DeploymentSort(StrEnum):
    """In which order deployments are answered."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"


class DeploymentStatus(StrEnum):
    """Whether somebody is there to run it."""

    READY = "READY"
    NOT_READY = "NOT_READY"


class DeploymentResponse(Wire):
    """A deployment, as it is answered."""

    flow_id: Id
    id: Id
    name: str
    concurrency_limit: int | None = None
    concurrency_options: ConcurrencyOptions | None = None
    created: datetime | None = None
    created_by: CreatedBy | None = None
    description: str | None = None
    enforce_parameter_schema: bool = True
    entrypoint: str | None = None
    global_concurrency_limit: GlobalConcurrencyLimitResponse | None = None
    infrastructure_document_id: Id | None = None
    job_variables: dict[str, Any] = {}
    labels: dict[str, bool | int | float | str] = {}
    last_polled: datetime | None = None
    parameter_openapi_schema: dict[str, Any] | None = None
    parameters: dict[str, Any] = {}
    path: str | None = None
    paused: bool = False
    pull_steps: list[dict[str, Any]] | None = None
    schedules: list[DeploymentSchedule] = []
    status: DeploymentStatus | None = DeploymentStatus("NOT_READY")
    storage_document_id: Id | None = None
    tags: list[str] = []
    updated: datetime | None = None
    updated_by: UpdatedBy | None = None
    version: str | None = None
    work_pool_name: str | None = None
    work_queue_id: Id | None = None
    work_queue_name: str | None = None


class DeploymentPaginationResponse(Wire):
    """A page of deployments, and how many there are."""

    count: int
    limit: int
    page: int
    pages: int
    results: list[DeploymentResponse]


class VersionInfo(Wire):
    """Which version of the code a deployment has."""

    type: str
    version: str


class DeploymentCreate(Body):
    """What a deployment is made from."""

    flow_id: UUID
    name: str
    concurrency_limit: Annotated[int, Meta(gt=0, le=MOST)] | None = None
    concurrency_options: ConcurrencyOptions | None = None
    description: str | None = None
    enforce_parameter_schema: bool = True
    entrypoint: str | None = None
    global_concurrency_limit_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    job_variables: dict[str, Any] = {}
    labels: dict[str, bool | Int | float | str] | None = {}
    parameter_openapi_schema: dict[str, Any] | None = field(default_factory=_any_parameters)
    parameters: dict[str, Any] = {}
    path: str | None = None
    paused: bool = False
    pull_steps: list[dict[str, Any]] | None = None
    schedules: list[DeploymentScheduleCreate] = []
    storage_document_id: UUID | None = None
    tags: list[str] = []
    version: str | None = None
    version_info: VersionInfo | None = None
    work_pool_name: str | None = None
    work_queue_name: str | None = None


class DeploymentUpdate(Body):
    """What of a deployment is changed; what is absent stays as it is."""

    concurrency_limit: Annotated[int, Meta(gt=0, le=MOST)] | UnsetType | None = UNSET
    concurrency_options: ConcurrencyOptions | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    enforce_parameter_schema: bool | UnsetType | None = UNSET
    entrypoint: str | UnsetType | None = UNSET
    global_concurrency_limit_id: UUID | UnsetType | None = UNSET
    infrastructure_document_id: UUID | UnsetType | None = UNSET
    job_variables: dict[str, Any] | UnsetType | None = UNSET
    parameter_openapi_schema: dict[str, Any] | UnsetType | None = UNSET
    parameters: dict[str, Any] | UnsetType | None = UNSET
    path: str | UnsetType | None = UNSET
    paused: bool | UnsetType = UNSET
    pull_steps: list[dict[str, Any]] | UnsetType | None = UNSET
    schedules: list[DeploymentScheduleUpdate] | UnsetType = UNSET
    storage_document_id: UUID | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    version: str | UnsetType | None = UNSET
    version_info: VersionInfo | UnsetType | None = UNSET
    work_pool_name: str | UnsetType | None = UNSET
    work_queue_name: str | UnsetType | None = UNSET
