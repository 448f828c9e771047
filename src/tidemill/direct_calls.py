"""Direct calls of flows and tasks: how they enter the engine, which is loaded with the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.engine.calls import TaskCall
from tidemill.engine.flow_calls import FlowCall
from tidemill.engine.flow_run import flow_run
from tidemill.engine.running import door, value_or_raise, whole_state
from tidemill.engine.task_run import task_run
from tidemill.exceptions import VisualizationUnsupportedError

if TYPE_CHECKING:
    from tidemill.engine.workload import FlowWork, TaskWork


def run_task(task: TaskWork, args: Any, kwargs: Any, wait_for: Any, *, return_state: bool) -> Any:
    """Run a task here and now, in the way its function asks for."""
    try:
        call = TaskCall(task, task.signature.bind(args, kwargs), wait_for)
    except VisualizationUnsupportedError as refusal:  # the flow around it is drawn: real runs pay nothing for that
        return _drawn(task, args, kwargs, wait_for, refusal, return_state)
    answer = whole_state if return_state else value_or_raise
    return door(task, return_state=return_state)(task_run(call), call.runtime, answer)


def run_flow(flow: FlowWork, args: Any, kwargs: Any, wait_for: Any, *, return_state: bool) -> Any:
    """Run a flow here and now, in the way its function asks for."""
    try:
        call = FlowCall(flow, flow.signature.bind(args, kwargs), wait_for)
    except VisualizationUnsupportedError as refusal:
        return _drawn(flow, args, kwargs, wait_for, refusal, return_state)
    answer = whole_state if return_state else value_or_raise
    return door(flow, return_state=return_state, root=call.parent is None)(flow_run(call), call.runtime, answer)


def _drawn(work: Any, args: Any, kwargs: Any, wait_for: Any, refusal: Any, return_state: bool) -> Any:
    from tidemill.visualization.calls import drawn  # noqa: PLC0415 - few programs draw

    return drawn(work, args, kwargs, wait_for, refusal, return_state=return_state)
