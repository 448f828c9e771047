"""How a flow's body has ended, and the end of what it left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.cancelling import cancelled_task, request_seen
from tidemill.engine.effects import Block, Outcome, WaitFor
from tidemill.engine.inputs import find_futures
from tidemill.engine.leaving import asked_to_leave
from tidemill.engine.naming import called
from tidemill.engine.recollection import make_needed
from tidemill.engine.return_values import state_from_error
from tidemill.engine.signals import RunTimeoutError
from tidemill.exceptions import ExternalSignal, Pause

if TYPE_CHECKING:
    from tidemill.domain.states import State
    from tidemill.engine.context import FlowRunContext
    from tidemill.engine.effects import Steps

#: How long a flow run that is being stopped waits for the tasks it submitted: what hangs in a C call is left behind.
STOPPING_SECONDS: Final = 5.0


def heeded(context: FlowRunContext, outcome: Outcome[Any]) -> Outcome[Any]:
    """A run that was asked to end is Cancelled, however its body ended; a signal to the process goes before."""
    if not context.watch.asked:
        return outcome
    context.watch.end()
    if isinstance(outcome.raised, ExternalSignal | KeyboardInterrupt | SystemExit):
        return outcome
    return Outcome(raised=request_seen(context))


def state_from(context: FlowRunContext, error: BaseException, now_us: int) -> State[Any]:
    """What the body raised, as the state that the run ends in."""
    cancelled = None if context.watch.asked else cancelled_task(context, error, now_us)
    if isinstance(error, Pause) and (leave := asked_to_leave(context)) is not None:
        error = leave  # what is raised may be another run's, whose future this one has asked
    return cancelled or state_from_error(error, "flow", now_us, context.flow.timeout_seconds, called(context))


def make_returned(context: FlowRunContext, outcome: Outcome[Any]) -> Steps[None]:
    """Have what the flow returns made again where that was put off."""
    if context.recollection is not None and outcome.raised is None:
        futures = find_futures(outcome.value)
        if futures:
            yield WaitFor(futures)
            yield from make_needed(context, futures)


def finish_submitted(context: FlowRunContext, outcome: Outcome[Any]) -> Steps[None]:
    """What was submitted belongs to the run: it ends before the run does; a crash drops what has not begun."""
    runner = context.runner
    if runner is None:
        return
    patience = None
    if outcome.raised is not None and (
        not isinstance(outcome.raised, Exception | Pause) or isinstance(outcome.raised, RunTimeoutError)
    ):
        yield Block(runner.cancel_all)
        patience = STOPPING_SECONDS
    while unfinished := runner.unfinished():  # what is waited for may submit more
        try:
            yield WaitFor(unfinished, patience)
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001 - stopped while it waited: as if in its body
            outcome.raised = error
            if patience is not None:
                break  # a second signal: wait no more
            yield Block(runner.cancel_all)
            patience = STOPPING_SECONDS
            continue
        if patience is not None:
            break
    if patience is not None:
        from tidemill.engine.left_behind import end_left_behind  # noqa: PLC0415 - few runs are stopped

        yield Block(end_left_behind, (context, runner.unfinished()))
    context.runner = None
    yield Block(runner.close)
