"""Runs over time, and how late they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import flow_runs, task_runs
from tidemill.server.histories import history
from tidemill.server.serving import Routes
from tidemill.store.nouns import wanted_by

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.states import HistoryResponse

routes: Final = Routes()


@routes.serves(flow_runs.FLOW_RUN_HISTORY)
def flow_run_history(call: Call, body: flow_runs.FlowRunHistory) -> list[HistoryResponse]:
    """Flow runs by interval and state."""
    wanted = wanted_by(body, body.work_queues)
    start, end = body.history_start, body.history_end
    return history(call, "flow_run", wanted, start, end, body.history_interval_seconds)


@routes.serves(task_runs.TASK_RUN_HISTORY)
def task_run_history(call: Call, body: task_runs.TaskRunHistory) -> list[HistoryResponse]:
    """Task runs by interval and state."""
    wanted = wanted_by(body)
    start, end = body.history_start, body.history_end
    return history(call, "task_run", wanted, start, end, body.history_interval_seconds)


@routes.serves(flow_runs.AVERAGE_FLOW_RUN_LATENESS)
def average_flow_run_lateness(call: Call, body: flow_runs.CountFlowRuns) -> float | None:
    """By how many seconds flow runs began late, on average."""
    return call.store.average_lateness(wanted_by(body), call.now)
