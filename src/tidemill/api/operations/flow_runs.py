"""What can be asked about flow runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Limit, Offset, Wire
from tidemill.wire.filters import (
    AmongPools,
    AmongQueues,
    FlowRunFilter,
    WorkQueueFilter,
)
from tidemill.wire.flow_runs import (
    FlowRunBulkDeleteResponse,
    FlowRunBulkSetStateResponse,
    FlowRunCreate,
    FlowRunInput,
    FlowRunPaginationResponse,
    FlowRunResponse,
    FlowRunSort,
    FlowRunUpdate,
)
from tidemill.wire.graph import DependencyResult, Graph
from tidemill.wire.states import HistoryResponse, OrchestrationResult, StateCreate


class BulkDeleteFlowRuns(Wire):
    """What is sent to ``/flow_runs/bulk_delete``."""

    flow_runs: FlowRunFilter | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 50


class BulkSetFlowRunState(Wire):
    """What is sent to ``/flow_runs/bulk_set_state``."""

    state: StateCreate
    flow_runs: FlowRunFilter | None = None
    force: bool = False
    limit: Annotated[int, Meta(ge=1, le=50)] = 50


class CountFlowRuns(AmongQueues):
    """What is sent to ``/flow_runs/count``."""


class ReadFlowRuns(AmongQueues):
    """What is sent to ``/flow_runs/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    sort: FlowRunSort = FlowRunSort("ID_DESC")


class FlowRunHistory(AmongPools, kw_only=True):
    """What is sent to ``/flow_runs/history``."""

    history_end: datetime
    history_interval_seconds: float
    history_start: datetime
    work_queues: WorkQueueFilter | None = None


class PaginateFlowRuns(AmongQueues):
    """What is sent to ``/flow_runs/paginate``."""

    limit: Limit | None = None
    page: Annotated[int, Meta(ge=1, le=MOST)] = 1
    sort: FlowRunSort = FlowRunSort("ID_DESC")


class ReadFlowRunGraphV2Query(Wire):
    """What is sent to ``/flow_runs/{id}/graph-v2``."""

    since: datetime = datetime.min.replace(tzinfo=UTC)


class CreateFlowRunInput(Wire):
    """What is sent to ``/flow_runs/{id}/input``."""

    key: str
    value: str
    sender: str | None = None


class FilterFlowRunInput(Wire):
    """What is sent to ``/flow_runs/{id}/input/filter``."""

    prefix: str
    exclude_keys: list[str] = []
    limit: Limit = 1


class ResumeOneFlowRun(Wire):
    """What is sent to ``/flow_runs/{id}/resume``."""

    run_input: dict[str, Any] | None = None


class SetFlowRunState(Wire):
    """What is sent to ``/flow_runs/{id}/set_state``."""

    state: StateCreate
    force: bool = False


_tagged: Final = Tag("Flow Runs")

CREATE_FLOW_RUN: Final = _tagged.post(
    "/flow_runs/", "create_flow_run", permission="runs:write", body=FlowRunCreate, answer=FlowRunResponse, also=(201,)
)
BULK_DELETE_FLOW_RUNS: Final = _tagged.post(
    "/flow_runs/bulk_delete",
    "bulk_delete_flow_runs",
    permission="runs:write",
    body=BulkDeleteFlowRuns,
    body_required=False,
    answer=FlowRunBulkDeleteResponse,
)
BULK_SET_FLOW_RUN_STATE: Final = _tagged.post(
    "/flow_runs/bulk_set_state",
    "bulk_set_flow_run_state",
    permission="runs:write",
    body=BulkSetFlowRunState,
    answer=FlowRunBulkSetStateResponse,
)
COUNT_FLOW_RUNS: Final = _tagged.post(
    "/flow_runs/count",
    "count_flow_runs",
    permission="runs:read",
    body=CountFlowRuns,
    body_required=False,
    answer=int,
    writes=False,
)
READ_FLOW_RUNS: Final = _tagged.post(
    "/flow_runs/filter",
    "read_flow_runs",
    permission="runs:read",
    body=ReadFlowRuns,
    body_required=False,
    answer=list[FlowRunResponse],
    writes=False,
)
FLOW_RUN_HISTORY: Final = _tagged.post(
    "/flow_runs/history",
    "flow_run_history",
    permission="runs:read",
    body=FlowRunHistory,
    answer=list[HistoryResponse],
    writes=False,
)
AVERAGE_FLOW_RUN_LATENESS: Final = _tagged.post(
    "/flow_runs/lateness",
    "average_flow_run_lateness",
    permission="runs:read",
    body=CountFlowRuns,
    body_required=False,
    answer=float | None,
    writes=False,
)
PAGINATE_FLOW_RUNS: Final = _tagged.post(
    "/flow_runs/paginate",
    "paginate_flow_runs",
    permission="runs:read",
    body=PaginateFlowRuns,
    body_required=False,
    answer=FlowRunPaginationResponse,
    writes=False,
)
DELETE_FLOW_RUN: Final = _tagged.delete(
    "/flow_runs/{id:uuid}", "delete_flow_run", permission="runs:write", status=204, refuses=(404,)
)
READ_FLOW_RUN: Final = _tagged.get(
    "/flow_runs/{id:uuid}", "read_flow_run", permission="runs:read", answer=FlowRunResponse, refuses=(404,)
)
UPDATE_FLOW_RUN: Final = _tagged.patch(
    "/flow_runs/{id:uuid}",
    "update_flow_run",
    permission="runs:write",
    body=FlowRunUpdate,
    status=204,
    refuses=(400, 404),
)
READ_FLOW_RUN_GRAPH_V1: Final = _tagged.get(
    "/flow_runs/{id:uuid}/graph", "read_flow_run_graph_v1", permission="runs:read", answer=list[DependencyResult]
)
READ_FLOW_RUN_GRAPH_V2: Final = _tagged.get(
    "/flow_runs/{id:uuid}/graph-v2",
    "read_flow_run_graph_v2",
    permission="runs:read",
    answer=Graph,
    refuses=(400,),
    query=ReadFlowRunGraphV2Query,
)
CREATE_FLOW_RUN_INPUT: Final = _tagged.post(
    "/flow_runs/{id:uuid}/input",
    "create_flow_run_input",
    permission="runs:write",
    body=CreateFlowRunInput,
    answer=Any,
    status=201,
    refuses=(404, 409),
)
FILTER_FLOW_RUN_INPUT: Final = _tagged.post(
    "/flow_runs/{id:uuid}/input/filter",
    "filter_flow_run_input",
    permission="runs:read",
    body=FilterFlowRunInput,
    answer=list[FlowRunInput],
    writes=False,
)
DELETE_FLOW_RUN_INPUT: Final = _tagged.delete(
    "/flow_runs/{id:uuid}/input/{key}", "delete_flow_run_input", permission="runs:write", status=204, refuses=(404,)
)
READ_FLOW_RUN_INPUT: Final = _tagged.get(
    "/flow_runs/{id:uuid}/input/{key}", "read_flow_run_input", permission="runs:read", answer=Any, refuses=(404,)
)
UPDATE_FLOW_RUN_LABELS: Final = _tagged.patch(
    "/flow_runs/{id:uuid}/labels", "update_flow_run_labels", permission="runs:write", body=dict[str, Any], status=204
)
DOWNLOAD_LOGS: Final = _tagged.get(
    "/flow_runs/{id:uuid}/logs/download", "download_logs", permission="logs:read", answer=Any, refuses=(404,)
)
RESUME_FLOW_RUN: Final = _tagged.post(
    "/flow_runs/{id:uuid}/resume",
    "resume_flow_run",
    permission="runs:write",
    body=ResumeOneFlowRun,
    body_required=False,
    answer=OrchestrationResult,
    also=(201,),
)
SET_FLOW_RUN_STATE: Final = _tagged.post(
    "/flow_runs/{id:uuid}/set_state",
    "set_flow_run_state",
    permission="runs:write",
    body=SetFlowRunState,
    answer=OrchestrationResult,
    also=(201,),
)
