"""Runs for workers: handed out by work pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import work_pools as operations
from tidemill.domain.states import to_us
from tidemill.server.due_runs import in_this_order
from tidemill.server.paging import page_of
from tidemill.server.readiness import patience
from tidemill.server.serving import Routes
from tidemill.store.scheduled_runs import BEGINNING, END
from tidemill.wire.flow_runs import FlowRun
from tidemill.wire.work_pools import WorkPoolConcurrencyStatus
from tidemill.wire.work_queues import WorkQueueConcurrencyStatusDetail
from tidemill.wire.workers import WorkerFlowRunResponse

if TYPE_CHECKING:
    from datetime import datetime

    from tidemill.server.calls import Call
    from tidemill.wire.flow_runs import FlowRunResponse
    from tidemill.wire.work_queues import WorkQueueResponse

routes: Final = Routes()


@routes.serves(operations.GET_SCHEDULED_FLOW_RUNS)
def get_scheduled_flow_runs(
    call: Call, name: str, body: operations.GetScheduledFlowRuns
) -> list[WorkerFlowRunResponse]:
    """Runs of the pool that are due, most urgent first."""
    found = call.store.hand_out_runs(
        name,
        now=call.now,
        limit=call.limit(body.limit),
        queue_names=body.work_queue_names,
        before=_moment(body.scheduled_before, END),
        after=_moment(body.scheduled_after, BEGINNING),
    )
    runs = {run.id: run for run in in_this_order(call, [out.run_id for out in found])}
    return [
        WorkerFlowRunResponse(_plain(runs[out.run_id]), out.pool_id, out.queue_id)
        for out in found
        if out.run_id in runs
    ]


@routes.serves(operations.READ_WORK_POOL_CONCURRENCY_STATUS)
def read_work_pool_concurrency_status(
    call: Call, name: str, body: operations.ReadWorkPoolConcurrencyStatus
) -> WorkPoolConcurrencyStatus:
    """Which runs take the slots of the pool, queue by queue."""
    pool = call.store.read_work_pool(name, call.now)
    known = patience(call.settings)
    every = call.store.find_work_queues(pool_name=name, now=call.now, patience=known, limit=_ALL)
    busy = call.store.busy_by_queue([queue.id for queue in every])
    page = page_of(call, body.limit, body.page, len(every))
    return WorkPoolConcurrencyStatus(
        active_slots=sum(busy.values()),
        count=page.count,
        limit=page.limit,
        page=page.page,
        pages=page.pages,
        concurrency_limit=pool.concurrency_limit,
        queues=[
            _detail(call, queue, busy, body.flow_run_limit) for queue in every[page.offset : page.offset + page.limit]
        ],
    )


#: A pool has a few queues.
_ALL: Final = 100_000


def _detail(call: Call, queue: WorkQueueResponse, busy: dict[str, int], most: int) -> WorkQueueConcurrencyStatusDetail:
    count = busy.get(queue.id, 0)
    return WorkQueueConcurrencyStatusDetail(
        active_slots=count,
        queue_id=queue.id,
        queue_name=queue.name,
        concurrency_limit=queue.concurrency_limit,
        flow_run_count=count,
        flow_runs=call.store.slot_holders(queue.id, now=call.now, limit=most) if count and most else [],
    )


def _plain(run: FlowRunResponse) -> FlowRun:
    """Without its pool, which stands beside it."""
    return FlowRun(**{name: getattr(run, name) for name in FlowRun.__struct_fields__})


def _moment(given: datetime | None, otherwise: int) -> int:
    return otherwise if given is None else to_us(given)
