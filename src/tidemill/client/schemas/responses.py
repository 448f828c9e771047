"""What the server answers, beside the things themselves."""
# ids are texts on the wire and UUIDs here, lengths of time are seconds there:
# mypy: disable-error-code="assignment"

from __future__ import annotations

from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from msgspec import field

from tidemill.client.schemas import objects
from tidemill.client.schemas.shape import Shape
from tidemill.domain.states import State
from tidemill.wire import concurrency_limits, flow_runs, states, work_pools, work_queues, workers
from tidemill.wire.states import (
    SetStateStatus,
    StateAbortDetails,
    StateAcceptDetails,
    StateRejectDetails,
    StateResponseDetails,
    StateWaitDetails,
)

__all__ = [
    "ConcurrencyLimitWithLeaseResponse",
    "DeploymentResponse",
    "FlowRunResponse",
    "FlowRunSlotSummary",
    "GlobalConcurrencyLimitResponse",
    "HistoryResponse",
    "HistoryResponseState",
    "MinimalConcurrencyLimitResponse",
    "OrchestrationResult",
    "SetStateStatus",
    "StateAbortDetails",
    "StateAcceptDetails",
    "StateRejectDetails",
    "StateResponseDetails",
    "StateWaitDetails",
    "WorkPoolConcurrencyStatus",
    "WorkQueueConcurrencyStatus",
    "WorkQueueConcurrencyStatusDetail",
    "WorkerFlowRunResponse",
]

R = TypeVar("R")


class OrchestrationResult(Shape, states.OrchestrationResult, Generic[R], kw_only=True):
    """What became of a proposed state: ``status``, why (``details``), and the state that the run is in now."""

    state: State[Any] | None


class FlowRunResponse(objects.FlowRun, kw_only=True):
    """A flow run."""


class DeploymentResponse(objects.Deployment, kw_only=True):
    """A deployment, with the work pool that its runs go to."""

    branch: str | None = None
    base: UUID | None = None
    root: UUID | None = None

    def as_related_resource(self, role: str = "deployment") -> dict[str, str]:
        """As events name what they belong to."""
        return {
            "prefect.resource.id": f"prefect.deployment.{self.id}",
            "prefect.resource.role": role,
            "prefect.resource.name": self.name,
        }


class WorkerFlowRunResponse(Shape, workers.WorkerFlowRunResponse, kw_only=True):
    """A flow run that a worker is to run, and where it came from."""

    work_pool_id: UUID
    work_queue_id: UUID
    flow_run: objects.FlowRun


class GlobalConcurrencyLimitResponse(Shape, concurrency_limits.GlobalConcurrencyLimitResponse, kw_only=True):
    """How many slots of a name there are, and how many are taken."""

    id: UUID = field(default_factory=uuid4)


class MinimalConcurrencyLimitResponse(Shape, concurrency_limits.MinimalConcurrencyLimitResponse, kw_only=True):
    """A limit of which slots were taken or given back."""

    id: UUID


class ConcurrencyLimitWithLeaseResponse(Shape, concurrency_limits.ConcurrencyLimitWithLeaseResponse, kw_only=True):
    """The lease under which slots were taken, and of which limits."""

    lease_id: UUID
    limits: list[MinimalConcurrencyLimitResponse]


class FlowRunSlotSummary(Shape, flow_runs.FlowRunSlotSummary, kw_only=True):
    """A flow run that holds a slot."""

    id: UUID
    time_in_current_state: timedelta | None = None


class HistoryResponseState(Shape, states.HistoryResponseState, kw_only=True):
    """How many runs were in a state within a stretch of time."""

    sum_estimated_run_time: timedelta
    sum_estimated_lateness: timedelta


class HistoryResponse(Shape, states.HistoryResponse, kw_only=True):
    """A stretch of time, and the states that runs were in."""

    states: list[HistoryResponseState]


class WorkQueueConcurrencyStatus(Shape, work_queues.WorkQueueConcurrencyStatus, kw_only=True):
    """Which runs hold the slots of a work queue."""

    flow_runs: list[FlowRunSlotSummary] = field(default_factory=list)


class WorkQueueConcurrencyStatusDetail(Shape, work_queues.WorkQueueConcurrencyStatusDetail, kw_only=True):
    """Which runs hold the slots of a work queue, among others of its pool."""

    queue_id: UUID
    flow_runs: list[FlowRunSlotSummary] = field(default_factory=list)


class WorkPoolConcurrencyStatus(Shape, work_pools.WorkPoolConcurrencyStatus, kw_only=True):
    """Which runs hold the slots of a work pool, by work queue."""

    queues: list[WorkQueueConcurrencyStatusDetail] = field(default_factory=list)
