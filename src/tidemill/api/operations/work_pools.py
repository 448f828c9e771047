"""What can be asked about work pools."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Int, Limit, Offset, Wire
from tidemill.wire.filters import WorkerFilter, WorkPoolFilter, WorkQueueFilter
from tidemill.wire.work_pools import WorkPoolConcurrencyStatus, WorkPoolCreate, WorkPoolResponse, WorkPoolUpdate
from tidemill.wire.work_queues import WorkQueueCreate, WorkQueueResponse, WorkQueueUpdate
from tidemill.wire.workers import WorkerFlowRunResponse, WorkerResponse


class CountWorkPools(Wire):
    """What is sent to ``/work_pools/count``."""

    work_pools: WorkPoolFilter | None = None


class ReadWorkPools(Wire):
    """What is sent to ``/work_pools/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    work_pools: WorkPoolFilter | None = None


class ReadWorkPoolConcurrencyStatus(Wire):
    """What is sent to ``/work_pools/{name}/concurrency_status``."""

    flow_run_limit: Annotated[int, Meta(ge=0, le=200)] = 10
    limit: Limit | None = None
    page: Annotated[int, Meta(ge=1, le=MOST)] = 1


class GetScheduledFlowRuns(Wire):
    """What is sent to ``/work_pools/{name}/get_scheduled_flow_runs``."""

    limit: Limit | None = None
    scheduled_after: datetime | None = None
    scheduled_before: datetime | None = None
    work_queue_names: list[str] | None = None


class ReadQueuesOfPool(Wire):
    """What is sent to ``/work_pools/{work_pool_name}/queues/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    work_queues: WorkQueueFilter | None = None


class ReadWorkers(Wire):
    """What is sent to ``/work_pools/{work_pool_name}/workers/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    workers: WorkerFilter | None = None


class WorkerHeartbeat(Wire):
    """What is sent to ``/work_pools/{work_pool_name}/workers/heartbeat``."""

    name: str
    heartbeat_interval_seconds: Int | None = None


_tagged: Final = Tag("Work Pools")

CREATE_WORK_POOL: Final = _tagged.post(
    "/work_pools/",
    "create_work_pool",
    permission="work_pools:write",
    body=WorkPoolCreate,
    answer=WorkPoolResponse,
    status=201,
    refuses=(403, 409),
)
COUNT_WORK_POOLS: Final = _tagged.post(
    "/work_pools/count",
    "count_work_pools",
    permission="work_pools:read",
    body=CountWorkPools,
    body_required=False,
    answer=int,
    writes=False,
)
READ_WORK_POOLS: Final = _tagged.post(
    "/work_pools/filter",
    "read_work_pools",
    permission="work_pools:read",
    body=ReadWorkPools,
    body_required=False,
    answer=list[WorkPoolResponse],
    writes=False,
)
DELETE_WORK_POOL: Final = _tagged.delete(
    "/work_pools/{name}", "delete_work_pool", permission="work_pools:write", status=204, refuses=(403,)
)
READ_WORK_POOL: Final = _tagged.get(
    "/work_pools/{name}", "read_work_pool", permission="work_pools:read", answer=WorkPoolResponse
)
UPDATE_WORK_POOL: Final = _tagged.patch(
    "/work_pools/{name}",
    "update_work_pool",
    permission="work_pools:write",
    body=WorkPoolUpdate,
    status=204,
    refuses=(403,),
)
READ_WORK_POOL_CONCURRENCY_STATUS: Final = _tagged.post(
    "/work_pools/{name}/concurrency_status",
    "read_work_pool_concurrency_status",
    permission="work_pools:read",
    body=ReadWorkPoolConcurrencyStatus,
    body_required=False,
    answer=WorkPoolConcurrencyStatus,
    refuses=(404,),
    writes=False,
)
GET_SCHEDULED_FLOW_RUNS: Final = _tagged.post(
    "/work_pools/{name}/get_scheduled_flow_runs",
    "get_scheduled_flow_runs",
    permission="work_pools:work",
    body=GetScheduledFlowRuns,
    body_required=False,
    answer=list[WorkerFlowRunResponse],
)
CREATE_WORK_QUEUE: Final = _tagged.post(
    "/work_pools/{work_pool_name}/queues",
    "create_work_queue",
    permission="work_pools:write",
    body=WorkQueueCreate,
    answer=WorkQueueResponse,
    status=201,
    refuses=(409,),
)
READ_WORK_QUEUES: Final = _tagged.post(
    "/work_pools/{work_pool_name}/queues/filter",
    "read_work_queues",
    permission="work_pools:read",
    body=ReadQueuesOfPool,
    body_required=False,
    answer=list[WorkQueueResponse],
    writes=False,
)
DELETE_WORK_QUEUE: Final = _tagged.delete(
    "/work_pools/{work_pool_name}/queues/{name}", "delete_work_queue", permission="work_pools:write", status=204
)
READ_WORK_QUEUE: Final = _tagged.get(
    "/work_pools/{work_pool_name}/queues/{name}",
    "read_work_queue",
    permission="work_pools:read",
    answer=WorkQueueResponse,
)
UPDATE_WORK_QUEUE: Final = _tagged.patch(
    "/work_pools/{work_pool_name}/queues/{name}",
    "update_work_queue",
    permission="work_pools:write",
    body=WorkQueueUpdate,
    status=204,
)
READ_WORKERS: Final = _tagged.post(
    "/work_pools/{work_pool_name}/workers/filter",
    "read_workers",
    permission="work_pools:read",
    body=ReadWorkers,
    body_required=False,
    answer=list[WorkerResponse],
    writes=False,
)
WORKER_HEARTBEAT: Final = _tagged.post(
    "/work_pools/{work_pool_name}/workers/heartbeat",
    "worker_heartbeat",
    permission="work_pools:work",
    body=WorkerHeartbeat,
    status=204,
    refuses=(404,),
)
DELETE_WORKER: Final = _tagged.delete(
    "/work_pools/{work_pool_name}/workers/{name}",
    "delete_worker",
    permission="work_pools:write",
    status=204,
    refuses=(404,),
)
