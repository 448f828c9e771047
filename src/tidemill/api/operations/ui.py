"""What can be asked about ui."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import Offset, Wire
from tidemill.wire.filters import (
    AmongPools,
    AmongRuns,
    TaskRunFilter,
    WorkQueueFilter,
)
from tidemill.wire.flow_runs import FlowRunSort
from tidemill.wire.states import CountByState
from tidemill.wire.ui import SchemaValuesValidationResponse, SimpleFlowRun, SimpleNextFlowRun, TaskRunCount, UITaskRun


class CountTaskRunsByFlowRun(Wire):
    """What is sent to ``/ui/flow_runs/count-task-runs``."""

    flow_run_ids: list[UUID]


class ReadFlowRunHistory(AmongPools):
    """What is sent to ``/ui/flow_runs/history``."""

    limit: Annotated[int, Meta(ge=0, le=1000)] = 1000
    offset: Offset = 0
    sort: FlowRunSort = FlowRunSort("EXPECTED_START_TIME_DESC")


class CountDeploymentsByFlow(Wire):
    """What is sent to ``/ui/flows/count-deployments``."""

    flow_ids: list[UUID]


class ValidateObj(Wire):
    """What is sent to ``/ui/schemas/validate``."""

    schema: dict[str, Any]
    values: dict[str, Any]


class ReadTaskRunCountsByState(AmongRuns):
    """What is sent to ``/ui/task_runs/count``."""


class ReadDashboardTaskRunCounts(AmongPools, kw_only=True):
    """What is sent to ``/ui/task_runs/dashboard/counts``."""

    task_runs: TaskRunFilter
    work_queues: WorkQueueFilter | None = None


_tagged: Final = Tag("Task Runs")

COUNT_TASK_RUNS_BY_FLOW_RUN: Final = _tagged.post(
    "/ui/flow_runs/count-task-runs",
    "count_task_runs_by_flow_run",
    permission="ui:read",
    body=CountTaskRunsByFlowRun,
    answer=dict[str, int],
    writes=False,
)
READ_FLOW_RUN_HISTORY: Final = _tagged.post(
    "/ui/flow_runs/history",
    "read_flow_run_history",
    permission="ui:read",
    body=ReadFlowRunHistory,
    body_required=False,
    answer=list[SimpleFlowRun],
    writes=False,
)
COUNT_DEPLOYMENTS_BY_FLOW: Final = _tagged.post(
    "/ui/flows/count-deployments",
    "count_deployments_by_flow",
    permission="ui:read",
    body=CountDeploymentsByFlow,
    answer=dict[str, int],
    writes=False,
)
NEXT_RUNS_BY_FLOW: Final = _tagged.post(
    "/ui/flows/next-runs",
    "next_runs_by_flow",
    permission="ui:read",
    body=CountDeploymentsByFlow,
    answer=dict[str, SimpleNextFlowRun | None],
    writes=False,
)
VALIDATE_OBJ: Final = _tagged.post(
    "/ui/schemas/validate",
    "validate_obj",
    permission="ui:read",
    body=ValidateObj,
    answer=SchemaValuesValidationResponse,
    writes=False,
)
READ_TASK_RUN_COUNTS_BY_STATE: Final = _tagged.post(
    "/ui/task_runs/count",
    "read_task_run_counts_by_state",
    permission="ui:read",
    body=ReadTaskRunCountsByState,
    body_required=False,
    answer=CountByState,
    writes=False,
)
READ_DASHBOARD_TASK_RUN_COUNTS: Final = _tagged.post(
    "/ui/task_runs/dashboard/counts",
    "read_dashboard_task_run_counts",
    permission="ui:read",
    body=ReadDashboardTaskRunCounts,
    answer=list[TaskRunCount],
    writes=False,
)
READ_TASK_RUN_WITH_FLOW_RUN_NAME: Final = _tagged.get(
    "/ui/task_runs/{id:uuid}",
    "read_task_run_with_flow_run_name",
    permission="ui:read",
    answer=UITaskRun,
    refuses=(404,),
)
