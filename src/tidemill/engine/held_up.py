"""The end of runs that are over their time in a call that cannot be interrupted, when their process ends before it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import TaskRunEnded
from tidemill.engine.context import FlowRunContext
from tidemill.engine.deadlines import held_up
from tidemill.engine.flow_states import state_set
from tidemill.engine.naming import called
from tidemill.engine.return_values import state_from_error
from tidemill.engine.signals import RunTimeoutError

if TYPE_CHECKING:
    from tidemill.domain.states import State
    from tidemill.engine.context import RunContext
    from tidemill.engine.runtime import Runtime


def end_held_up(runtime: Runtime) -> None:
    """Record such runs as TimedOut, which they are: they would be found as Crashed otherwise."""
    for context, seconds in held_up():
        if context.runtime is not runtime:
            continue
        kind = "flow" if isinstance(context, FlowRunContext) else "task"
        now = runtime.clock.now_us()
        state = state_from_error(RunTimeoutError(), kind, now, seconds, called(context))
        if isinstance(context, FlowRunContext):
            runtime.record(state_set(context, state).entry)
            if context.parent_task_run_id is not None:
                runtime.record(_end(context, context.parent_task_run_id, state))
        else:
            runtime.record(_end(context, context.run_id, state))
        logger = logging.getLogger(f"tidemill.{kind}_runs")
        logger.error("%s, and went on when the process ended", state.message, extra={"run_context": context})


def _end(context: RunContext, task_run_id: str, state: State[Any]) -> TaskRunEnded:
    now = state.timestamp_us
    return TaskRunEnded(
        context.root,
        task_run_id,
        state.type.value,
        state.name,
        state.message,
        now,
        context.run_count,
        now - context.start_us,
    )
