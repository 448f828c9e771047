"""Queues of a work pool, by the pool's name and theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import work_pools as operations
from tidemill.server.queue_changes import changes_of_queue, delete_queue, queue_from
from tidemill.server.readiness import patience
from tidemill.server.serving import Routes
from tidemill.server.told_changes import tell_of_queue

if TYPE_CHECKING:
    from tidemill.server.calls import Answer, Call
    from tidemill.wire.work_queues import WorkQueueCreate, WorkQueueResponse, WorkQueueUpdate

routes: Final = Routes()


@routes.serves(operations.CREATE_WORK_QUEUE)
def create_work_queue(call: Call, work_pool_name: str, body: WorkQueueCreate) -> WorkQueueResponse:
    """Make a queue."""
    made = call.store.create_work_queue(work_pool_name, queue_from(call, body), priority=body.priority)
    queue = call.store.read_work_queue(made.id, call.now, patience(call.settings))
    tell_of_queue(call, "created", queue)
    return queue


@routes.serves(operations.READ_WORK_QUEUE)
def read_work_queue(call: Call, work_pool_name: str, name: str) -> WorkQueueResponse:
    """A queue by name."""
    return call.store.read_work_queue_by_name(work_pool_name, name, call.now, patience(call.settings))


@routes.serves(operations.READ_WORK_QUEUES)
def read_work_queues(call: Call, work_pool_name: str, body: operations.ReadQueuesOfPool) -> list[WorkQueueResponse]:
    """Queues of the pool by filter, by priority."""
    return call.store.find_work_queues(
        body.work_queues,
        pool_name=work_pool_name,
        now=call.now,
        patience=patience(call.settings),
        limit=call.limit(body.limit),
        offset=body.offset,
    )


@routes.serves(operations.UPDATE_WORK_QUEUE)
def update_work_queue(call: Call, work_pool_name: str, name: str, body: WorkQueueUpdate) -> None:
    """Change a queue."""
    queue = read_work_queue(call, work_pool_name, name)
    call.store.update_work_queue(queue.id, changes_of_queue(body), call.now)
    tell_of_queue(call, "updated", call.store.read_work_queue(queue.id, call.now, patience(call.settings)), queue)


@routes.serves(operations.DELETE_WORK_QUEUE)
def delete_work_queue(call: Call, work_pool_name: str, name: str) -> Answer:
    """Delete a queue."""
    return delete_queue(call, read_work_queue(call, work_pool_name, name))
