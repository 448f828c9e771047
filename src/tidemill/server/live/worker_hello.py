"""What becomes of a worker's hello: its pool, its queues, and that it is there. One transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import work_pools as operations
from tidemill.server.readiness import patience
from tidemill.server.refusals import Refusal
from tidemill.server.routes.work_pools import create_work_pool, update_work_pool
from tidemill.server.routes.workers import worker_heartbeat
from tidemill.store.errors import MissingError
from tidemill.wire.work_pools import WorkPoolCreate, WorkPoolUpdate
from tidemill.wire.worker_channel import ResolvedWorkQueue

if TYPE_CHECKING:
    from tidemill.domain.permissions import Needed
    from tidemill.server.calls import Call
    from tidemill.wire.work_pools import WorkPoolResponse
    from tidemill.wire.worker_channel import WorkerHelloPayload

_TO_WRITE: Final[Needed] = "work_pools:write"


def welcomed(call: Call, pool_name: str, hello: WorkerHelloPayload) -> tuple[WorkPoolResponse, list[ResolvedWorkQueue]]:
    """The worker's pool, made if it asks for that and may, and the queues it works for.

    Raises MissingError for a pool or queue, Refusal for a pool that may not be made.
    """
    pool = _pool(call, pool_name, hello)
    if not pool.base_job_template and hello.default_base_job_template and call.actor.may(_TO_WRITE):
        update_work_pool(call, pool_name, WorkPoolUpdate(base_job_template=hello.default_base_job_template))
    queues = _queues(call, pool_name, hello.work_queue_names)
    body = operations.WorkerHeartbeat(
        name=hello.worker_name, heartbeat_interval_seconds=hello.heartbeat_interval_seconds
    )
    worker_heartbeat(call, pool_name, body)
    return call.store.read_work_pool(pool_name, call.now), queues


def _pool(call: Call, name: str, hello: WorkerHelloPayload) -> WorkPoolResponse:
    try:
        return call.store.read_work_pool(name, call.now)
    except MissingError:
        if not hello.create_pool_if_not_found:
            raise
    if not call.actor.may(_TO_WRITE):
        raise Refusal(403, f"there is no work pool {name!r}, and making it needs the permission {_TO_WRITE!r}")
    body = WorkPoolCreate(name=name, type=hello.worker_type, base_job_template=hello.default_base_job_template)
    return create_work_pool(call, body)


def _queues(call: Call, pool_name: str, names: list[str]) -> list[ResolvedWorkQueue]:
    silence = patience(call.settings)
    if names:
        read = call.store.read_work_queue_by_name
        found = [read(pool_name, name, call.now, silence) for name in dict.fromkeys(names)]
    else:
        most = call.settings.server.api.default_limit
        found = call.store.find_work_queues(pool_name=pool_name, now=call.now, patience=silence, limit=most)
    return [ResolvedWorkQueue(id=queue.id, name=queue.name) for queue in found]
