"""Between two attempts of a flow run: the wait, what the first has left behind, and what the next begins with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.engine.body_ending import finish_submitted
from tidemill.engine.flow_states import state_set
from tidemill.engine.leaving import idle, leave_if_asked
from tidemill.engine.recollection import Recollection, recorded_so_far
from tidemill.engine.under_way import finish_before_retry

if TYPE_CHECKING:
    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.context import FlowRunContext
    from tidemill.engine.effects import Outcome, Steps
    from tidemill.engine.flow_calls import FlowCall

logger = logging.getLogger("tidemill.flow_runs")


class RetryWait(NamedTuple):
    """A wait for a retry: how many failures there were, and when the retry is due."""

    failures: int
    due_us: int


def interrupted_wait(
    call: FlowCall, enclosing: FlowRunContext | None, recalled: RecordedCall | None
) -> RetryWait | None:
    """The wait that a run which goes on was cut off in. A run that is retried begins anew, and all within it."""
    if call.claim is not None:
        failures, due_us, goes_on = call.claim.failures, call.claim.retry_at_us, call.replay_failures
    elif recalled is not None and enclosing is not None and enclosing.recollection is not None:
        failures, due_us = recalled.failures, recalled.scheduled_us
        goes_on = enclosing.recollection.replays_failures
    else:
        return None
    return RetryWait(failures, due_us) if goes_on and due_us is not None else None


def wait_on(context: FlowRunContext, wait: RetryWait | None) -> Steps[int]:
    """Wait for what is left of it. Gives the failures so far."""
    if wait is None:
        return 0
    yield from idle(context, (wait.due_us - context.runtime.clock.now_us()) / 1_000_000)
    return wait.failures


def await_retry(context: FlowRunContext, state: State[Any], delay: float, failures: int, retries: int) -> Steps[None]:
    """Record that the run waits for its next attempt, and wait."""
    now = context.runtime.clock.now_us()
    scheduled = now + int(delay * 1_000_000)
    logger.info("%s. Retry %d of %d in %g s.", state.message, failures, retries, delay, extra={"run_context": context})
    details = StateDetails(scheduled_time=from_us(scheduled))
    yield state_set(
        context,
        State(StateType.SCHEDULED, "AwaitingRetry", state.message, timestamp_us=now, state_details=details),
        {"scheduled_us": scheduled},
    )
    yield from idle(context, delay)


def finish_left_behind(context: FlowRunContext, outcome: Outcome[Any]) -> Steps[None]:
    """Calls that outlast their attempt end before the next one, with what they have submitted since."""
    raised = outcome.raised
    yield from finish_submitted(context, outcome)
    while (yield from finish_before_retry(context)):
        yield from finish_submitted(context, outcome)
    if outcome.raised is not None and outcome.raised is not raised:
        raise outcome.raised  # stopped while it waited


def begin_anew(context: FlowRunContext) -> Steps[None]:
    """Calls are counted from the first, and what is recorded of them is used again."""
    leave_if_asked(context)  # which stands in the count of calls
    context.calls = {}
    calls = yield from recorded_so_far(context)
    context.recollection = Recollection(calls, replay_failures=False)
