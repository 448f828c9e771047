"""Work queues."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from tidemill.wire.base import MOST, Body, Id, Wire
from tidemill.wire.flow_runs import FlowRunSlotSummary


class QueueFilter(Wire):
    """Which runs a work queue of old takes."""

    deployment_ids: list[UUID] | None = None
    tags: list[str] | None = None


class WorkQueue(Wire):
    """A work queue, as it is answered."""

    id: Id
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    concurrency_limit: Annotated[int, Meta(ge=0)] | None = None
    created: datetime | None = None
    description: str | None = ""
    filter: QueueFilter | None = None
    is_paused: bool = False
    last_polled: datetime | None = None
    priority: Annotated[int, Meta(gt=0)] = 1
    updated: datetime | None = None
    work_pool_id: Id | None = None


class WorkQueueConcurrencyStatus(Wire):
    """A work queue concurrency status, as it is answered."""

    active_slots: int
    count: int
    limit: int
    page: int
    pages: int
    concurrency_limit: int | None = None
    flow_runs: list[FlowRunSlotSummary] = []


class WorkQueueConcurrencyStatusDetail(Wire):
    """A work queue concurrency status detail, as it is answered."""

    active_slots: int
    queue_id: Id
    queue_name: str
    concurrency_limit: int | None = None
    flow_run_count: int | None = None
    flow_runs: list[FlowRunSlotSummary] = []


class WorkQueueCreate(Body):
    """What a work queue is made from."""

    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    concurrency_limit: Annotated[int, Meta(ge=0, le=MOST)] | None = None
    description: str | None = ""
    filter: QueueFilter | None = None
    is_paused: bool = False
    priority: Annotated[int, Meta(gt=0, le=MOST)] | None = None


class WorkQueueHealthPolicy(Wire):
    """When a work queue counts as unhealthy."""

    maximum_late_runs: int | None = 0
    maximum_seconds_since_last_polled: int | None = 60


class WorkQueueStatus(StrEnum):
    """Whether a work queue is polled."""

    READY = "READY"
    NOT_READY = "NOT_READY"
    PAUSED = "PAUSED"


class WorkQueueResponse(Wire):
    """A work queue, as it is answered."""

    id: Id
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    active_slots: int | None = None
    concurrency_limit: Annotated[int, Meta(ge=0)] | None = None
    created: datetime | None = None
    description: str | None = ""
    filter: QueueFilter | None = None
    is_paused: bool = False
    last_polled: datetime | None = None
    priority: Annotated[int, Meta(gt=0)] = 1
    status: WorkQueueStatus | None = None
    updated: datetime | None = None
    work_pool_id: Id | None = None
    work_pool_name: str | None = None


class WorkQueueStatusDetail(Wire):
    """A work queue status detail, as it is answered."""

    health_check_policy: WorkQueueHealthPolicy
    healthy: bool
    last_polled: datetime | None = None
    late_runs_count: int = 0


class WorkQueueUpdate(Body):
    """What of a work queue is changed; what is absent stays as it is."""

    concurrency_limit: Annotated[int, Meta(ge=0, le=MOST)] | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    filter: QueueFilter | UnsetType | None = UNSET
    is_paused: bool | UnsetType = UNSET
    last_polled: datetime | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    priority: Annotated[int, Meta(gt=0, le=MOST)] | UnsetType | None = UNSET
