"""Workers of a work pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import work_pools as operations
from tidemill.server.readiness import patience
from tidemill.server.serving import Routes

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.workers import WorkerResponse

routes: Final = Routes()


@routes.serves(operations.WORKER_HEARTBEAT)
def worker_heartbeat(call: Call, work_pool_name: str, body: operations.WorkerHeartbeat) -> None:
    """A worker is there."""
    call.store.heard_of_worker(
        work_pool_name,
        body.name,
        body.heartbeat_interval_seconds,
        id_=call.new_id(),
        now=call.now,
        patience=patience(call.settings),
    )


@routes.serves(operations.READ_WORKERS)
def read_workers(call: Call, work_pool_name: str, body: operations.ReadWorkers) -> list[WorkerResponse]:
    """Workers of the pool by filter."""
    limit = call.limit(body.limit)
    return call.store.find_workers(work_pool_name, body.workers, now=call.now, limit=limit, offset=body.offset)


@routes.serves(operations.DELETE_WORKER)
def delete_worker(call: Call, work_pool_name: str, name: str) -> None:
    """Forget a worker."""
    call.store.delete_worker(work_pool_name, name)
