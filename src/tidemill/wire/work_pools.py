"""Work pools."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from tidemill.wire.base import MOST, Body, Id, Wire
from tidemill.wire.work_queues import WorkQueueConcurrencyStatusDetail


class WorkPoolConcurrencyStatus(Wire):
    """A work pool concurrency status, as it is answered."""

    active_slots: int
    count: int
    limit: int
    page: int
    pages: int
    concurrency_limit: int | None = None
    queues: list[WorkQueueConcurrencyStatusDetail] = []


class WorkPoolStatus(StrEnum):
    """Whether a work pool has workers."""

    READY = "READY"
    NOT_READY = "NOT_READY"
    PAUSED = "PAUSED"

    @property
    def display_name(self) -> str:
        """For people."""
        return self.value.replace("_", " ").capitalize()


class WorkPoolStorageConfiguration(Body):
    """Where a work pool keeps code bundles and results."""

    bundle_execution_step: dict[str, Any] | None = None
    bundle_upload_step: dict[str, Any] | None = None
    default_result_storage_block_id: UUID | None = None


class WorkPoolCreate(Body):
    """What a work pool is made from."""

    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    base_job_template: dict[str, Any] = {}
    concurrency_limit: Annotated[int, Meta(ge=0, le=MOST)] | None = None
    description: str | None = None
    is_paused: bool = False
    storage_configuration: WorkPoolStorageConfiguration = field(default_factory=WorkPoolStorageConfiguration)
    type: str = "prefect-agent"


class WorkPoolResponse(Wire):
    """A work pool, as it is answered."""

    id: Id
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    type: str
    active_slots: int | None = None
    base_job_template: dict[str, Any] = {}
    concurrency_limit: Annotated[int, Meta(ge=0)] | None = None
    created: datetime | None = None
    default_queue_id: Id | None = None
    description: str | None = None
    is_paused: bool = False
    status: WorkPoolStatus | None = None
    storage_configuration: WorkPoolStorageConfiguration = field(default_factory=WorkPoolStorageConfiguration)
    updated: datetime | None = None


class WorkPoolUpdate(Body):
    """What of a work pool is changed; what is absent stays as it is."""

    base_job_template: dict[str, Any] | UnsetType | None = UNSET
    concurrency_limit: Annotated[int, Meta(ge=0, le=MOST)] | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    is_paused: bool | UnsetType | None = UNSET
    storage_configuration: WorkPoolStorageConfiguration | UnsetType | None = UNSET
