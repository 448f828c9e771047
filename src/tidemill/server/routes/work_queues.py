"""Work queues by id, and those of agents by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import work_queues as operations
from tidemill.domain.states import to_us
from tidemill.server.agent_pool import AGENT_POOL, agent_pool
from tidemill.server.due_runs import in_this_order
from tidemill.server.paging import page_of
from tidemill.server.queue_changes import changes_of_queue, delete_queue, queue_from
from tidemill.server.readiness import patience
from tidemill.server.serving import Routes
from tidemill.server.told_changes import tell_of_queue
from tidemill.store.scheduled_runs import END
from tidemill.wire.work_queues import (
    WorkQueueConcurrencyStatus,
    WorkQueueCreate,
    WorkQueueHealthPolicy,
    WorkQueueResponse,
    WorkQueueStatus,
    WorkQueueStatusDetail,
    WorkQueueUpdate,
)

if TYPE_CHECKING:
    from tidemill.server.calls import Answer, Call
    from tidemill.wire.flow_runs import FlowRunResponse

routes: Final = Routes()


@routes.serves(operations.CREATE_WORK_QUEUE)
def create_work_queue(call: Call, body: WorkQueueCreate) -> WorkQueueResponse:
    """Make a queue of the agents' pool."""
    made = call.store.create_work_queue(agent_pool(call), queue_from(call, body), priority=body.priority)
    queue = read_work_queue(call, made.id)
    tell_of_queue(call, "created", queue)
    return queue


@routes.serves(operations.READ_WORK_QUEUE)
def read_work_queue(call: Call, id: str) -> WorkQueueResponse:  # noqa: A002 - the path's name for it
    """A queue by id."""
    return call.store.read_work_queue(id, call.now, patience(call.settings))


@routes.serves(operations.READ_WORK_QUEUE_BY_NAME)
def read_work_queue_by_name(call: Call, name: str) -> WorkQueueResponse:
    """A queue of the agents' pool by name."""
    return call.store.read_work_queue_by_name(AGENT_POOL, name, call.now, patience(call.settings))


@routes.serves(operations.READ_WORK_QUEUES)
def read_work_queues(call: Call, body: operations.ReadWorkQueues) -> list[WorkQueueResponse]:
    """Queues of all pools by filter."""
    return call.store.find_work_queues(
        body.work_queues,
        now=call.now,
        patience=patience(call.settings),
        limit=call.limit(body.limit),
        offset=body.offset,
    )


@routes.serves(operations.UPDATE_WORK_QUEUE)
def update_work_queue(call: Call, id: str, body: WorkQueueUpdate) -> None:  # noqa: A002 - the path's name for it
    """Change a queue."""
    before = read_work_queue(call, id)
    call.store.update_work_queue(id, changes_of_queue(body), call.now)
    tell_of_queue(call, "updated", read_work_queue(call, id), before)


@routes.serves(operations.DELETE_WORK_QUEUE)
def delete_work_queue(call: Call, id: str) -> Answer:  # noqa: A002 - the path's name for it
    """Delete a queue."""
    return delete_queue(call, read_work_queue(call, id))


@routes.serves(operations.READ_WORK_QUEUE_RUNS)
def read_work_queue_runs(
    call: Call,
    id: str,  # noqa: A002 - the path's name for it
    body: operations.ReadWorkQueueRuns,
) -> list[FlowRunResponse]:
    """Runs of a queue that are due. Who looks from a browser does not poll."""
    before = END if body.scheduled_before is None else to_us(body.scheduled_before)
    seen = (call.headers.get("x-prefect-ui") or "").lower() != "true"
    due = call.store.poll_work_queue(id, now=call.now, limit=call.limit(body.limit), before=before, seen=seen)
    return in_this_order(call, due)


@routes.serves(operations.READ_WORK_QUEUE_STATUS)
def read_work_queue_status(call: Call, id: str) -> WorkQueueStatusDetail:  # noqa: A002 - the path's name for it
    """Whether a queue is polled, and keeps up."""
    queue, late = read_work_queue(call, id), call.store.late_runs_of_queue(id, call.now)
    policy = WorkQueueHealthPolicy(maximum_seconds_since_last_polled=round(patience(call.settings).queue))
    return WorkQueueStatusDetail(
        health_check_policy=policy,
        healthy=queue.status is WorkQueueStatus.READY and late == 0,
        last_polled=queue.last_polled,
        late_runs_count=late,
    )


@routes.serves(operations.READ_WORK_QUEUE_CONCURRENCY_STATUS)
def read_work_queue_concurrency_status(
    call: Call,
    id: str,  # noqa: A002 - the path's name for it
    body: operations.ReadWorkQueueConcurrencyStatus,
) -> WorkQueueConcurrencyStatus:
    """Which runs take its slots."""
    queue = read_work_queue(call, id)
    page = page_of(call, body.limit, body.page, call.store.busy_by_queue([id]).get(id, 0))
    return WorkQueueConcurrencyStatus(
        active_slots=page.count,
        count=page.count,
        limit=page.limit,
        page=page.page,
        pages=page.pages,
        concurrency_limit=queue.concurrency_limit,
        flow_runs=call.store.slot_holders(id, now=call.now, limit=page.limit, offset=page.offset),
    )
