"""Whether a failed task run is tried again, and the wait until then."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import TaskRunStateSet
from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.engine.effects import Invoke, Outcome, Record, Sleep

if TYPE_CHECKING:
    from tidemill.engine.calls import TaskCall
    from tidemill.engine.context import TaskRunContext
    from tidemill.engine.effects import Steps

logger = logging.getLogger("tidemill.task_runs")


def wants_retry(call: TaskCall, context: TaskRunContext, state: State[Any]) -> Steps[bool]:
    """What the task's own condition says of a failure."""
    condition = call.task.retry_condition_fn
    assert condition is not None
    outcome: Outcome[Any] = yield Invoke(condition, (call.task, context.task_run, state))
    if outcome.raised is not None:
        logger.error(
            "The retry condition of task %r raised %r; the run is not retried.",
            call.task.name,
            outcome.raised,
            extra={"run_context": context},
        )
        return False
    return bool(outcome.value)


def await_retry(context: TaskRunContext, state: State[Any], delay: float, failures: int, retries: int) -> Steps[None]:
    """Record that the run waits for its next attempt, and wait ``delay`` seconds."""
    clock = context.runtime.clock
    scheduled = clock.now_us() + int(delay * 1_000_000)
    context.state = State(
        StateType.SCHEDULED,
        "AwaitingRetry",
        state.message,
        timestamp_us=clock.now_us(),
        state_details=StateDetails(scheduled_time=from_us(scheduled)),
    )
    logger.info("%s. Retry %d of %d in %g s.", state.message, failures, retries, delay, extra={"run_context": context})
    yield Record(
        TaskRunStateSet(
            context.root,
            context.run_id,
            "SCHEDULED",
            "AwaitingRetry",
            state.message,
            context.state.timestamp_us,
            context.run_count,
            {"scheduled_us": scheduled},
        )
    )
    if delay > 0:
        yield Sleep(delay)
