"""What can be asked about task workers."""

from __future__ import annotations

from typing import Final

from tidemill.api.operation import Tag
from tidemill.wire.base import Wire
from tidemill.wire.task_runs import TaskWorkerFilter, TaskWorkerResponse


class ReadTaskWorkers(Wire):
    """What is sent to ``/task_workers/filter``."""

    task_worker_filter: TaskWorkerFilter | None = None


_tagged: Final = Tag("Task Workers")

READ_TASK_WORKERS: Final = _tagged.post(
    "/task_workers/filter",
    "read_task_workers",
    permission="workers:read",
    body=ReadTaskWorkers,
    body_required=False,
    answer=list[TaskWorkerResponse],
    writes=False,
)
