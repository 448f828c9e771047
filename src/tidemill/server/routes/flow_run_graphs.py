"""Flow runs drawn, and their logs to take away."""

from __future__ import annotations

import csv
import io
from operator import attrgetter
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tidemill.api.operations import flow_runs as operations
from tidemill.domain.runs import any_of
from tidemill.domain.states import to_us
from tidemill.server.calls import Answer
from tidemill.server.refusals import Refusal
from tidemill.server.serving import Routes
from tidemill.store.portable import ALL_ROWS

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.graph import DependencyResult, Graph

routes: Final = Routes()
_COLUMNS: Final = ("timestamp", "level", "flow_run_id", "task_run_id", "message")


@routes.serves(operations.READ_FLOW_RUN_GRAPH_V1)
def read_flow_run_graph_v1(call: Call, id: str) -> list[DependencyResult]:  # noqa: A002 - the path's name for it
    """The task runs of a flow run, and what each waited for."""
    return call.store.dependencies(id, call.now)


@routes.serves(operations.READ_FLOW_RUN_GRAPH_V2)
def read_flow_run_graph_v2(call: Call, id: str, query: operations.ReadFlowRunGraphV2Query) -> Graph:  # noqa: A002 - as above
    """The runs in a flow run, and what led to what."""
    bounds = call.settings.server.flow_run_graph
    most = bounds.max_nodes
    graph = call.store.flow_run_graph(id, since=to_us(query.since), most=most, most_artifacts=bounds.max_artifacts)
    if graph is None:
        raise Refusal(400, f"The graph of flow run {id} has more than {most} nodes. Ask for a part of it with 'since'")
    return graph


@routes.serves(operations.DOWNLOAD_LOGS)
def download_logs(call: Call, id: str) -> Answer:  # noqa: A002 - as above
    """The lines that a flow run and its task runs logged, by time, as CSV."""
    run = call.store.get_flow_run(id, call.now)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    lines = call.store.read_logs([any_of("flow_run_id", id)], limit=ALL_ROWS)
    for line in sorted(lines, key=attrgetter("timestamp")):
        writer.writerow(
            (line.timestamp.isoformat(), line.level, line.flow_run_id, line.task_run_id or "", line.message)
        )
    name = quote(f"{run.name}-logs.csv", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Answer(raw=text.getvalue().encode(), content_type="text/csv; charset=utf-8", headers=headers)
