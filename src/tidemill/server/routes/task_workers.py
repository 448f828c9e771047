"""Task workers: who has subscribed to scheduled task runs at this server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import task_workers as operations
from tidemill.domain.states import from_us
from tidemill.server.serving import Routes
from tidemill.server.task_workers import TASK_WORKERS
from tidemill.wire.task_runs import TaskWorkerResponse

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()


@routes.serves(operations.READ_TASK_WORKERS)
def read_task_workers(call: Call, body: operations.ReadTaskWorkers) -> list[TaskWorkerResponse]:
    """Those that take one of some tasks, or all."""
    del call  # what it answers is of this process
    wanted = None if body.task_worker_filter is None else body.task_worker_filter.task_keys
    return [
        TaskWorkerResponse(
            identifier=worker.identifier, task_keys=sorted(worker.task_keys), timestamp=from_us(worker.seen)
        )
        for worker in TASK_WORKERS.taking(wanted)
    ]
