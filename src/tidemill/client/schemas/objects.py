"""What the server keeps, as its clients see it: the wire's structs, with ids that are UUIDs and states that can answer.

Only what differs from the wire is said here. Every object may be made from keyword arguments, too.
"""
# ids are texts on the wire and UUIDs here, lengths of time are seconds there; some fields need not be given here:
# mypy: disable-error-code="assignment"

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from msgspec import field

from tidemill.client.results import with_value
from tidemill.client.schemas.schedules import schedule_of
from tidemill.client.schemas.shape import Shape
from tidemill.domain.states import TERMINAL_STATES, State, StateDetails, StateType, to_us
from tidemill.system.clock import SystemClock
from tidemill.wire import (
    admin,
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
    task_runs,
    variables,
    work_pools,
    work_queues,
    workers,
)
from tidemill.wire.deployments import ConcurrencyLimitStrategy, DeploymentStatus
from tidemill.wire.flow_runs import CreatedBy, UpdatedBy
from tidemill.wire.policies import FlowRunPolicy, TaskRunPolicy
from tidemill.wire.task_runs import Constant, FlowRunResult, Parameter, RunInput, TaskRunResult
from tidemill.wire.work_pools import WorkPoolStatus
from tidemill.wire.work_queues import WorkQueueStatus
from tidemill.wire.workers import WorkerStatus

__all__ = [
    "DEFAULT_AGENT_WORK_POOL_NAME",
    "DEFAULT_BLOCK_SCHEMA_VERSION",
    "TERMINAL_STATES",
    "Artifact",
    "ArtifactCollection",
    "Automation",
    "BlockDocument",
    "BlockSchema",
    "BlockType",
    "BranchingScheduleHandling",
    "ConcurrencyLeaseHolder",
    "ConcurrencyLimit",
    "ConcurrencyLimitConfig",
    "ConcurrencyLimitStrategy",
    "ConcurrencyOptions",
    "Constant",
    "CreatedBy",
    "CsrfToken",
    "Deployment",
    "DeploymentBranchingOptions",
    "DeploymentSchedule",
    "DeploymentStatus",
    "Flow",
    "FlowRun",
    "FlowRunInput",
    "FlowRunPolicy",
    "FlowRunResult",
    "GlobalConcurrencyLimit",
    "Integration",
    "Log",
    "Parameter",
    "QueueFilter",
    "RunInput",
    "RunType",
    "SavedSearch",
    "SavedSearchFilter",
    "ServerDefaultResultStorage",
    "ServerDefaultResultStorageUpdate",
    "State",
    "StateDetails",
    "StateType",
    "TaskRun",
    "TaskRunPolicy",
    "TaskRunResult",
    "UpdatedBy",
    "Variable",
    "VersionInfo",
    "WorkPool",
    "WorkPoolStatus",
    "WorkPoolStorageConfiguration",
    "WorkQueue",
    "WorkQueueHealthPolicy",
    "WorkQueueStatus",
    "WorkQueueStatusDetail",
    "Worker",
    "WorkerMetadata",
    "WorkerStatus",
    "data_discriminator",
]

DEFAULT_BLOCK_SCHEMA_VERSION: Final = "non-versioned"
DEFAULT_AGENT_WORK_POOL_NAME: Final = "default-agent-pool"

ConcurrencyLeaseHolder = concurrency_limits.ConcurrencyLeaseHolder
QueueFilter = work_queues.QueueFilter
SavedSearchFilter = saved_searches.SavedSearchFilter
ServerDefaultResultStorageUpdate = admin.ServerDefaultResultStorageUpdate
VersionInfo = deployments.VersionInfo
WorkPoolStorageConfiguration = work_pools.WorkPoolStorageConfiguration


class RunType(StrEnum):
    """What kind of run something belongs to."""

    FLOW_RUN = "flow_run"
    TASK_RUN = "task_run"


class FlowRun(Shape, flow_runs.FlowRunResponse, kw_only=True):
    """A flow run: its state, its parameters, its times."""

    id: UUID = field(default_factory=uuid4)
    flow_id: UUID
    deployment_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    parent_task_run_id: UUID | None = None
    state: State[Any] | None = None
    state_id: UUID | None = None
    work_pool_id: UUID | None = None
    work_queue_id: UUID | None = None
    estimated_run_time: timedelta = timedelta()
    estimated_start_time_delta: timedelta = timedelta()
    total_run_time: timedelta = timedelta()

    def __post_init__(self) -> None:
        super().__post_init__()
        with_value(self.state, self.id)


class TaskRun(Shape, task_runs.TaskRun, kw_only=True):
    """A task run: its state, its inputs, its times."""

    id: UUID = field(default_factory=uuid4)
    flow_run_id: UUID | None = None
    state: State[Any] | None = None
    state_id: UUID | None = None
    estimated_run_time: timedelta = timedelta()
    estimated_start_time_delta: timedelta = timedelta()
    total_run_time: timedelta = timedelta()

    def __post_init__(self) -> None:
        super().__post_init__()
        with_value(self.state, self.id)


class Flow(Shape, flows.Flow, kw_only=True):
    """A flow by name; what its runs have in common."""

    id: UUID = field(default_factory=uuid4)


class FlowRunInput(Shape, flow_runs.FlowRunInput, kw_only=True):
    """Something that was sent to a flow run."""

    id: UUID = field(default_factory=uuid4)
    flow_run_id: UUID

    @property
    def decoded_value(self) -> Any:
        """The value, which is kept as JSON text."""
        return msgspec.json.decode(self.value)


class Log(Shape, logs.Log, kw_only=True):
    """A line that a run logged. ``level`` is Python's, as in ``logging.INFO``."""

    id: UUID = field(default_factory=uuid4)
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class Variable(Shape, variables.Variable, kw_only=True):
    """A value under a name that flows look up."""

    id: UUID = field(default_factory=uuid4)


class Artifact(Shape, artifacts.Artifact, kw_only=True):
    """Something that a run made for people to look at: one version of it."""

    id: UUID = field(default_factory=uuid4)
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class ArtifactCollection(Shape, artifacts.ArtifactCollection, kw_only=True):
    """A key of artifacts, with its latest version."""

    id: UUID = field(default_factory=uuid4)
    latest_id: UUID
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class Automation(Shape, automations.Automation, kw_only=True):
    """What is done when something happens, or does not."""

    id: UUID = field(default_factory=uuid4)


class BlockType(Shape, blocks.BlockType, kw_only=True):
    """A kind of block."""

    id: UUID = field(default_factory=uuid4)


class BlockSchema(Shape, blocks.BlockSchema, kw_only=True):
    """What fields the blocks of a type have, in one version of it."""

    id: UUID = field(default_factory=uuid4)
    block_type_id: UUID | None = None
    block_type: BlockType | None = None


class BlockDocument(Shape, blocks.BlockDocument, kw_only=True):
    """A block as it was saved."""

    id: UUID = field(default_factory=uuid4)
    block_schema_id: UUID
    block_schema: BlockSchema | None = None
    block_type_id: UUID
    block_type: BlockType | None = None


class ConcurrencyLimit(Shape, concurrency_limits.ConcurrencyLimit, kw_only=True):
    """How many task runs with a tag may run at once, and which do."""

    id: UUID = field(default_factory=uuid4)
    active_slots: list[UUID] = field(default_factory=list)


class GlobalConcurrencyLimit(Shape, concurrency_limits.GlobalConcurrencyLimitResponse, kw_only=True):
    """How many slots of a name there are."""

    id: UUID = field(default_factory=uuid4)
    active_slots: int = 0
    slot_decay_per_second: float = 0.0


class ConcurrencyOptions(Shape, deployments.ConcurrencyOptions):
    """What happens to a run of a deployment that finds no slot."""


class ConcurrencyLimitConfig(Shape, kw_only=True):
    """How many runs of a deployment may run at once, and what happens to a run that finds no slot."""

    limit: int
    collision_strategy: ConcurrencyLimitStrategy = ConcurrencyLimitStrategy.ENQUEUE
    grace_period_seconds: int | None = None


class BranchingScheduleHandling(StrEnum):
    """What becomes of a deployment's schedules in a branch of it."""

    KEEP = "keep"
    REMOVE = "remove"
    INACTIVE = "inactive"


class DeploymentBranchingOptions(Shape, kw_only=True):
    """How a deployment is branched."""

    id: UUID = field(default_factory=uuid4)
    created: datetime | None = None
    schedule_handling: BranchingScheduleHandling = BranchingScheduleHandling.REMOVE
    updated: datetime | None = None


class DeploymentSchedule(Shape, schedules.DeploymentSchedule, kw_only=True):
    """A schedule of a deployment."""

    id: UUID = field(default_factory=uuid4)
    deployment_id: UUID | None = None
    schedule: Any

    def __post_init__(self) -> None:
        self.schedule = schedule_of(self.schedule)


class Deployment(Shape, deployments.DeploymentResponse, kw_only=True):
    """A flow with where and when it runs."""

    id: UUID = field(default_factory=uuid4)
    flow_id: UUID
    infrastructure_document_id: UUID | None = None
    schedules: list[DeploymentSchedule] = field(default_factory=list)
    storage_document_id: UUID | None = None
    version_id: UUID | None = None
    version_info: VersionInfo | None = None
    work_queue_id: UUID | None = None


class WorkPool(Shape, work_pools.WorkPoolResponse, kw_only=True):
    """Where runs of deployments go, for workers to take."""

    id: UUID = field(default_factory=uuid4)
    default_queue_id: UUID | None = None

    @property
    def is_push_pool(self) -> bool:
        """Whether a service starts its runs, so that it needs no worker."""
        return self.type.endswith(":push")

    @property
    def is_managed_pool(self) -> bool:
        """Whether a service runs its runs."""
        return self.type.endswith(":managed")


class WorkQueue(Shape, work_queues.WorkQueueResponse, kw_only=True):
    """One line of a work pool, with a priority and a limit of its own."""

    id: UUID = field(default_factory=uuid4)
    work_pool_id: UUID | None = None


class WorkQueueHealthPolicy(Shape, work_queues.WorkQueueHealthPolicy):
    """When a work queue counts as unhealthy."""

    def evaluate_health_status(self, late_runs_count: int, last_polled: datetime | None = None) -> bool:
        """Whether a queue with so many late runs, last polled then, is healthy."""
        if self.maximum_late_runs is not None and late_runs_count > self.maximum_late_runs:
            return False
        if self.maximum_seconds_since_last_polled is None:
            return True
        if last_polled is None:
            return False
        silent_us = SystemClock().now_us() - to_us(last_polled)
        return silent_us <= self.maximum_seconds_since_last_polled * 1_000_000


class WorkQueueStatusDetail(Shape, work_queues.WorkQueueStatusDetail, kw_only=True):
    """Whether a work queue is healthy, and what it is judged by."""

    health_check_policy: WorkQueueHealthPolicy


class Worker(Shape, workers.WorkerResponse, kw_only=True):
    """A worker of a work pool."""

    id: UUID = field(default_factory=uuid4)
    work_pool_id: UUID


class Integration(Shape):
    """A package that a worker has installed."""

    name: str
    version: str


class WorkerMetadata(Shape):
    """What a worker tells about itself."""

    integrations: list[Integration]


class SavedSearch(Shape, saved_searches.SavedSearch, kw_only=True):
    """A search under a name."""

    id: UUID = field(default_factory=uuid4)


class ServerDefaultResultStorage(Shape, admin.ServerDefaultResultStorage, kw_only=True):
    """The block that results are kept in unless told otherwise."""

    default_result_storage_block_id: UUID | None = None


class CsrfToken(Shape, admin.CsrfToken, kw_only=True):
    """A token that says that a request does not come from another site's page."""

    id: UUID = field(default_factory=uuid4)


def data_discriminator(x: Any) -> str:
    """What kind of data a state has, as it came from a server."""
    known = isinstance(x, dict) and "storage_key" in x
    return "ResultRecordMetadata" if known else "Any"
