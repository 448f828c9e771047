"""Task runs that a flow run which is being stopped leaves behind: they are in a call that cannot be interrupted.

It does not wait for them longer than ``body_ending.STOPPING_SECONDS``, and their end is recorded before its own. What
their threads say of them later comes too late.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.entries import TaskRunEnded
from tidemill.domain.states import DEFAULT_NAME, TERMINAL_STATES, StateType, to_us
from tidemill.engine.cancelling import interruption_in
from tidemill.store.errors import UnknownRunError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.runs import TaskRun
    from tidemill.engine.context import FlowRunContext

logger = logging.getLogger("tidemill.flow_runs")

_MESSAGE: Final = "The run was left behind in a call that could not be interrupted, when its flow run was {}."


def end_left_behind(context: FlowRunContext, futures: Iterable[Any]) -> None:
    """Record the end of those that have begun: Cancelled if their flow run is being cancelled, else Crashed."""
    left = [future.run_id for future in futures if not future.done()]
    if not left:
        return
    runtime = context.runtime
    runtime.recorder.wait_applied()
    cancelled = interruption_in(context) is not None
    kind = StateType.CANCELLED if cancelled else StateType.CRASHED
    message = _MESSAGE.format("cancelled" if cancelled else "stopped")
    for run_id in left:
        try:
            run = runtime.ledger.store.read_task_run(run_id)
        except UnknownRunError:  # it has not begun
            continue
        if run.state_type not in TERMINAL_STATES:
            logger.warning("Task run %r: %s", run.name, message, extra={"run_context": context})
            runtime.record(_end(context, run, kind, message))
    runtime.recorder.wait_applied()  # before anybody kills its process and finds it unfinished


def _end(context: FlowRunContext, run: TaskRun, kind: StateType, message: str) -> TaskRunEnded:
    now = context.runtime.clock.now_us()
    begun = run.state.timestamp if run.state_type is StateType.RUNNING and run.state is not None else None
    ran_us = 0 if begun is None else max(0, now - to_us(begun))
    return TaskRunEnded(context.root, run.id, kind.value, DEFAULT_NAME[kind], message, now, run.run_count, ran_us)
