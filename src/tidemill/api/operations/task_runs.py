"""What can be asked about task runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Limit, Offset, Wire
from tidemill.wire.filters import AmongRuns
from tidemill.wire.states import HistoryResponse, OrchestrationResult, StateCreate
from tidemill.wire.task_runs import TaskRun, TaskRunCreate, TaskRunPaginationResponse, TaskRunSort, TaskRunUpdate


class CountTaskRuns(AmongRuns):
    """What is sent to ``/task_runs/count``."""


class ReadTaskRuns(AmongRuns):
    """What is sent to ``/task_runs/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    sort: TaskRunSort = TaskRunSort("ID_DESC")


class TaskRunHistory(AmongRuns, kw_only=True):
    """What is sent to ``/task_runs/history``."""

    history_end: datetime
    history_interval_seconds: float
    history_start: datetime


class PaginateTaskRuns(AmongRuns):
    """What is sent to ``/task_runs/paginate``."""

    limit: Limit | None = None
    page: Annotated[int, Meta(ge=1, le=MOST)] = 1
    sort: TaskRunSort = TaskRunSort("ID_DESC")


class SetTaskRunState(Wire):
    """What is sent to ``/task_runs/{id}/set_state``."""

    state: StateCreate
    force: bool = False


_tagged: Final = Tag("Task Runs")

CREATE_TASK_RUN: Final = _tagged.post(
    "/task_runs/", "create_task_run", permission="runs:write", body=TaskRunCreate, answer=TaskRun, also=(201,)
)
COUNT_TASK_RUNS: Final = _tagged.post(
    "/task_runs/count",
    "count_task_runs",
    permission="runs:read",
    body=CountTaskRuns,
    body_required=False,
    answer=int,
    writes=False,
)
READ_TASK_RUNS: Final = _tagged.post(
    "/task_runs/filter",
    "read_task_runs",
    permission="runs:read",
    body=ReadTaskRuns,
    body_required=False,
    answer=list[TaskRun],
    writes=False,
)
TASK_RUN_HISTORY: Final = _tagged.post(
    "/task_runs/history",
    "task_run_history",
    permission="runs:read",
    body=TaskRunHistory,
    answer=list[HistoryResponse],
    writes=False,
)
PAGINATE_TASK_RUNS: Final = _tagged.post(
    "/task_runs/paginate",
    "paginate_task_runs",
    permission="runs:read",
    body=PaginateTaskRuns,
    body_required=False,
    answer=TaskRunPaginationResponse,
    writes=False,
)
DELETE_TASK_RUN: Final = _tagged.delete(
    "/task_runs/{id:uuid}", "delete_task_run", permission="runs:write", status=204, refuses=(404,)
)
READ_TASK_RUN: Final = _tagged.get(
    "/task_runs/{id:uuid}", "read_task_run", permission="runs:read", answer=TaskRun, refuses=(404,)
)
UPDATE_TASK_RUN: Final = _tagged.patch(
    "/task_runs/{id:uuid}", "update_task_run", permission="runs:write", body=TaskRunUpdate, status=204, refuses=(404,)
)
SET_TASK_RUN_STATE: Final = _tagged.post(
    "/task_runs/{id:uuid}/set_state",
    "set_task_run_state",
    permission="runs:write",
    body=SetTaskRunState,
    answer=OrchestrationResult,
    also=(201,),
)
