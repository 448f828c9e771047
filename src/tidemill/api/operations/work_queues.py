"""What can be asked about work queues."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Limit, Offset, Wire
from tidemill.wire.filters import WorkQueueFilter
from tidemill.wire.flow_runs import FlowRunResponse
from tidemill.wire.work_queues import (
    WorkQueueConcurrencyStatus,
    WorkQueueCreate,
    WorkQueueResponse,
    WorkQueueStatusDetail,
    WorkQueueUpdate,
)


class ReadWorkQueues(Wire):
    """What is sent to ``/work_queues/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    work_queues: WorkQueueFilter | None = None


class ReadWorkQueueConcurrencyStatus(Wire):
    """What is sent to ``/work_queues/{id}/concurrency_status``."""

    limit: Limit | None = None
    page: Annotated[int, Meta(ge=1, le=MOST)] = 1


class ReadWorkQueueRuns(Wire):
    """What is sent to ``/work_queues/{id}/get_runs``."""

    limit: Limit | None = None
    scheduled_before: datetime | None = None


_tagged: Final = Tag("Work Queues")

CREATE_WORK_QUEUE: Final = _tagged.post(
    "/work_queues/",
    "create_work_queue",
    permission="work_pools:write",
    body=WorkQueueCreate,
    answer=WorkQueueResponse,
    status=201,
    refuses=(409,),
)
READ_WORK_QUEUES: Final = _tagged.post(
    "/work_queues/filter",
    "read_work_queues",
    permission="work_pools:read",
    body=ReadWorkQueues,
    body_required=False,
    answer=list[WorkQueueResponse],
    writes=False,
)
READ_WORK_QUEUE_BY_NAME: Final = _tagged.get(
    "/work_queues/name/{name}",
    "read_work_queue_by_name",
    permission="work_pools:read",
    answer=WorkQueueResponse,
    refuses=(404,),
)
DELETE_WORK_QUEUE: Final = _tagged.delete(
    "/work_queues/{id:uuid}", "delete_work_queue", permission="work_pools:write", status=204, refuses=(404,)
)
READ_WORK_QUEUE: Final = _tagged.get(
    "/work_queues/{id:uuid}", "read_work_queue", permission="work_pools:read", answer=WorkQueueResponse, refuses=(404,)
)
UPDATE_WORK_QUEUE: Final = _tagged.patch(
    "/work_queues/{id:uuid}",
    "update_work_queue",
    permission="work_pools:write",
    body=WorkQueueUpdate,
    status=204,
    refuses=(404,),
)
READ_WORK_QUEUE_CONCURRENCY_STATUS: Final = _tagged.post(
    "/work_queues/{id:uuid}/concurrency_status",
    "read_work_queue_concurrency_status",
    permission="work_pools:read",
    body=ReadWorkQueueConcurrencyStatus,
    body_required=False,
    answer=WorkQueueConcurrencyStatus,
    refuses=(404,),
    writes=False,
)
READ_WORK_QUEUE_RUNS: Final = _tagged.post(
    "/work_queues/{id:uuid}/get_runs",
    "read_work_queue_runs",
    permission="work_pools:work",
    body=ReadWorkQueueRuns,
    body_required=False,
    answer=list[FlowRunResponse],
)
READ_WORK_QUEUE_STATUS: Final = _tagged.get(
    "/work_queues/{id:uuid}/status",
    "read_work_queue_status",
    permission="work_pools:read",
    answer=WorkQueueStatusDetail,
)
