"""What workers and the server say to each other over a work pool's socket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from msgspec import Meta

from tidemill.wire.base import MOST, Body, Id, Wire
from tidemill.wire.work_pools import WorkPoolResponse

#: The one version that is spoken.
VERSION: Final = "work_pool_worker_channel.v1"
#: What every worker asks for and every server has.
REQUIRED: Final = ("worker_heartbeat.v1", "work_pool_snapshot.v1")
#: What a worker may ask for besides: to be told which runs' infrastructure is to be torn down.
CLEANUP: Final = "cleanup_delivery.v1"

Word = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[int, Meta(gt=0, le=MOST)]
CleanupKind = Literal["cancelling_timeout_teardown.v1", "pending_claim_teardown.v1"]


class WorkerHelloPayload(Body):
    """Who the worker is, what it can do, and which queues it works for; all of the pool's if it names none."""

    consumer_id: UUID
    heartbeat_interval_seconds: Seconds
    requested_capabilities: Annotated[list[Word], Meta(min_length=1)]
    supported_channel_versions: Annotated[list[Word], Meta(min_length=1)]
    worker_name: Word
    worker_type: Word
    create_pool_if_not_found: bool = False
    default_base_job_template: dict[str, Any] = {}
    handled_cleanup_kinds: list[CleanupKind] = []
    max_cleanup_concurrency: Annotated[int, Meta(ge=0, le=MOST)] | None = None
    work_queue_names: list[Word] = []
    worker_metadata: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        asked = set(self.requested_capabilities)
        if missing := sorted(set(REQUIRED) - asked):
            raise ValueError(f"expected the capabilities {', '.join(missing)} to be requested")
        if CLEANUP not in asked and (self.handled_cleanup_kinds or self.max_cleanup_concurrency):
            raise ValueError(f"cleanups are handled by those who request {CLEANUP}")


class WorkerHeartbeatPayload(Body):
    """The worker is still there."""

    consumer_id: UUID
    heartbeat_interval_seconds: Seconds
    worker_name: Word


class CleanupOperationPayload(Body):
    """About a cleanup that the worker was given: it is done, or takes longer."""

    message_id: UUID
    reservation_token: Word


class CleanupReleasePayload(CleanupOperationPayload, kw_only=True):
    """Likewise: another is to do it, and why."""

    reason: Word


class WorkerHelloFrame(Body, tag_field="type", tag="worker.hello.v1"):
    """The first thing that a worker says."""

    id: UUID
    payload: WorkerHelloPayload
    sent_at: datetime


class WorkerHeartbeatFrame(Body, tag_field="type", tag="worker.heartbeat.v1"):
    """What a worker says again and again."""

    id: UUID
    payload: WorkerHeartbeatPayload
    sent_at: datetime


class CleanupAckFrame(Body, tag_field="type", tag="cleanup.ack.v1"):
    """A cleanup is done."""

    id: UUID
    payload: CleanupOperationPayload
    sent_at: datetime


class CleanupReleaseFrame(Body, tag_field="type", tag="cleanup.release.v1"):
    """A cleanup is given back."""

    id: UUID
    payload: CleanupReleasePayload
    sent_at: datetime


class CleanupRenewFrame(Body, tag_field="type", tag="cleanup.renew.v1"):
    """A cleanup takes longer."""

    id: UUID
    payload: CleanupOperationPayload
    sent_at: datetime


CleanupFrame: TypeAlias = CleanupAckFrame | CleanupReleaseFrame | CleanupRenewFrame
FromWorker: TypeAlias = WorkerHelloFrame | WorkerHeartbeatFrame | CleanupFrame


class WorkPoolSnapshotPayload(Wire):
    """The pool as it is; the numbers of a connection's snapshots rise."""

    reason: str
    snapshot_sequence: int
    work_pool: WorkPoolResponse


class ResolvedWorkQueue(Wire):
    """A queue that the worker works for."""

    id: Id
    name: str


class WorkerReadyPayload(Wire):
    """What the worker was granted, and its pool."""

    consumer_id: UUID
    effective_heartbeat_interval_seconds: int
    initial_snapshot: WorkPoolSnapshotPayload
    rejected_capabilities: list[str]
    resolved_work_queues: list[ResolvedWorkQueue]
    accepted_capabilities: tuple[str, ...] = REQUIRED
    effective_max_cleanup_concurrency: int = 0
    selected_channel_version: str = VERSION
    worker_id: Id | None = None


class CleanupOperationResultPayload(Wire):
    """What became of what the worker said about a cleanup."""

    message_id: UUID
    operation: Literal["ack", "release", "renew"]
    request_frame_id: UUID
    status: str
    detail: str | None = None
    lease_expires_at: datetime | None = None
    reason: str | None = None


class WorkerReadyFrame(Wire, tag_field="type", tag="worker.ready.v1"):
    """The answer to a worker's hello."""

    id: Id
    payload: WorkerReadyPayload
    sent_at: datetime


class WorkPoolSnapshotFrame(Wire, tag_field="type", tag="work_pool.snapshot.v1"):
    """The pool was changed."""

    id: Id
    payload: WorkPoolSnapshotPayload
    sent_at: datetime


class CleanupOperationResultFrame(Wire, tag_field="type", tag="cleanup.operation_result.v1"):
    """The answer to what a worker said about a cleanup."""

    id: Id
    payload: CleanupOperationResultPayload
    sent_at: datetime
