"""What clients send to make and change things: the wire's structs, with parts that may be given as dicts.

What an update does not name stays as it is.
"""
# some fields that the wire needs may be left out here, or are added by the client:
# mypy: disable-error-code="assignment"

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType, field

from tidemill.client.schemas.objects import DeploymentBranchingOptions
from tidemill.client.schemas.schedules import SCHEDULE_TYPES, schedule_of
from tidemill.client.schemas.shape import Shape
from tidemill.wire import (
    artifacts,
    automations,
    blocks,
    concurrency_limits,
    deployments,
    flow_runs,
    flows,
    logs,
    saved_searches,
    schedules,
    states,
    task_runs,
    variables,
    work_pools,
    work_queues,
)


class ArtifactCreate(Shape, artifacts.ArtifactCreate):
    """What an artifact is made from."""


class ArtifactUpdate(Shape, artifacts.ArtifactUpdate):
    """What of an artifact is changed; what is absent stays as it is."""


class AutomationCreate(Shape, automations.AutomationCreate):
    """What an automation is made from."""


class AutomationUpdate(Shape, automations.AutomationUpdate):
    """What of an automation is changed; what is absent stays as it is."""


class BlockDocumentCreate(Shape, blocks.BlockDocumentCreate):
    """What a block document is made from."""


class BlockDocumentUpdate(Shape, blocks.BlockDocumentUpdate):
    """What of a block document is changed; what is absent stays as it is."""


class BlockTypeCreate(Shape, blocks.BlockTypeCreate):
    """What a block type is made from."""


class ConcurrencyLimitCreate(Shape, concurrency_limits.ConcurrencyLimitCreate):
    """What a concurrency limit is made from."""


class ConcurrencyLimitV2Create(Shape, concurrency_limits.ConcurrencyLimitV2Create):
    """What a concurrency limit v2 is made from."""


class ConcurrencyLimitV2Update(Shape, concurrency_limits.ConcurrencyLimitV2Update):
    """What of a concurrency limit v2 is changed; what is absent stays as it is."""


class DeploymentFlowRunCreate(Shape, deployments.DeploymentFlowRunCreate):
    """What a deployment flow run is made from."""


class FlowRunCreate(Shape, flow_runs.FlowRunCreate):
    """What a flow run is made from."""


class FlowRunUpdate(Shape, flow_runs.FlowRunUpdate):
    """What of a flow run is changed; what is absent stays as it is."""


class FlowCreate(Shape, flows.FlowCreate):
    """What a flow is made from."""


class FlowUpdate(Shape, flows.FlowUpdate):
    """What of a flow is changed; what is absent stays as it is."""


class SavedSearchCreate(Shape, saved_searches.SavedSearchCreate):
    """What a saved search is made from."""


class DeploymentScheduleCreate(Shape, schedules.DeploymentScheduleCreate, kw_only=True):
    """What a deployment schedule is made from."""

    schedule: Any

    def __post_init__(self) -> None:
        self.schedule = schedule_of(self.schedule)

    @classmethod
    def from_schedule(cls, schedule: Any) -> DeploymentScheduleCreate:
        """From a rule alone, active, or from a ``tidemill.schedules.Schedule`` with all that it says."""
        from tidemill.deployments.schedules import create_deployment_schedule_create  # noqa: PLC0415 - imports this

        return create_deployment_schedule_create(schedule)


class DeploymentScheduleUpdate(Shape, schedules.DeploymentScheduleUpdate, kw_only=True):
    """What of a deployment schedule is changed; what is absent stays as it is."""

    schedule: Any = UNSET

    def __post_init__(self) -> None:
        if self.schedule is not UNSET and self.schedule is not None:
            self.schedule = schedule_of(self.schedule)


class StateCreate(Shape, states.StateCreate):
    """A state that is proposed for a run."""


class TaskRunCreate(Shape, task_runs.TaskRunCreate):
    """What a task run is made from."""


class TaskRunUpdate(Shape, task_runs.TaskRunUpdate):
    """What of a task run is changed; what is absent stays as it is."""


class VariableCreate(Shape, variables.VariableCreate):
    """What a variable is made from."""


class VariableUpdate(Shape, variables.VariableUpdate):
    """What of a variable is changed; what is absent stays as it is."""


class WorkPoolCreate(Shape, work_pools.WorkPoolCreate):
    """What a work pool is made from."""


class WorkPoolUpdate(Shape, work_pools.WorkPoolUpdate):
    """What of a work pool is changed; what is absent stays as it is."""


class WorkQueueCreate(Shape, work_queues.WorkQueueCreate, kw_only=True):
    """What a work queue is made from."""

    description: str | UnsetType | None = UNSET


class WorkQueueUpdate(Shape, work_queues.WorkQueueUpdate):
    """What of a work queue is changed; what is absent stays as it is."""


class BlockDocumentReferenceCreate(Shape, kw_only=True):
    """What says that a block holds another."""

    name: str
    parent_block_document_id: UUID
    reference_block_document_id: UUID
    id: UUID = field(default_factory=uuid4)


class BlockSchemaCreate(Shape, blocks.BlockSchemaCreate, kw_only=True):
    """What a block schema is made from."""

    block_type_id: UUID | None = None


class BlockTypeUpdate(Shape, blocks.BlockTypeUpdate):
    """What of a block type is changed; what is absent stays as it is."""

    @classmethod
    def updatable_fields(cls) -> set[str]:
        """The fields that can be changed."""
        return set(cls.__struct_fields__)


class DeploymentCreate(Shape, deployments.DeploymentCreate, kw_only=True):
    """What a deployment is made from."""

    branch: str | UnsetType | None = UNSET
    base: UUID | UnsetType | None = UNSET
    root: UUID | UnsetType | None = UNSET
    enforce_parameter_schema: bool | UnsetType = UNSET
    paused: bool | UnsetType = UNSET
    schedules: list[DeploymentScheduleCreate] | UnsetType = UNSET

    def check_valid_configuration(self, base_job_template: dict[str, Any]) -> None:
        """See whether the job variables fit the work pool's template. Raises ValueError at the first that does not."""
        _check_variables(base_job_template, self.job_variables)


class DeploymentUpdate(Shape, deployments.DeploymentUpdate):
    """What of a deployment is changed; what is absent stays as it is."""

    def check_valid_configuration(self, base_job_template: dict[str, Any]) -> None:
        """See whether the job variables fit the work pool's template. Raises ValueError at the first that does not."""
        _check_variables(base_job_template, self.job_variables or {})


class DeploymentBranch(Shape, kw_only=True):
    """How a deployment is branched, and what is other in the branch."""

    branch: str
    options: DeploymentBranchingOptions = field(default_factory=DeploymentBranchingOptions)
    overrides: DeploymentUpdate | None = None


class GlobalConcurrencyLimitCreate(Shape, kw_only=True):
    """What a limit of slots is made from."""

    name: str
    limit: int
    active: bool | None = True
    active_slots: int | None = 0
    slot_decay_per_second: float | None = 0.0


class GlobalConcurrencyLimitUpdate(Shape, kw_only=True):
    """What of a limit of slots is changed; what is absent stays as it is."""

    name: str | UnsetType | None = UNSET
    limit: int | UnsetType | None = UNSET
    active: bool | UnsetType | None = UNSET
    active_slots: int | UnsetType | None = UNSET
    slot_decay_per_second: float | UnsetType | None = UNSET


class LogCreate(Shape, logs.LogCreate, kw_only=True):
    """A line for a run's log. ``level`` is Python's."""

    worker_id: UUID | UnsetType | None = UNSET


NormalizedSchedule: TypeAlias = SCHEDULE_TYPES


def _check_variables(base_job_template: dict[str, Any], given: Any) -> None:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - only templates need it

    schema = base_job_template.get("variables")
    if not schema:
        return
    defaults = {name: said["default"] for name, said in schema.get("properties", {}).items() if "default" in said}
    found = Draft202012Validator(schema).iter_errors(defaults | dict(given or {}))
    for error in found:
        raise ValueError(f"job variables do not fit the work pool's template: {error.json_path}: {error.message}")
