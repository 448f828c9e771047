"""The life of a flow run, decided. What is done about it is the driver's business (``effects``)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from tidemill.domain.entries import RootHeld, TaskRunEnded
from tidemill.domain.identity import FIRST_EPOCH
from tidemill.domain.names import made_up_name
from tidemill.domain.states import State, StateType
from tidemill.domain.values import value_of
from tidemill.engine import results
from tidemill.engine.body_ending import finish_submitted, heeded, make_returned, state_from
from tidemill.engine.calls import collected, scope_key
from tidemill.engine.cancelling import Watch
from tidemill.engine.context import FlowRunContext
from tidemill.engine.divergence import divergence, tell_unasked
from tidemill.engine.effects import Attend, Block, Call, Outcome, Record, WaitFor
from tidemill.engine.flow_creation import create
from tidemill.engine.flow_retries import (
    RetryWait,
    await_retry,
    begin_anew,
    finish_left_behind,
    interrupted_wait,
    wait_on,
)
from tidemill.engine.flow_states import state_set
from tidemill.engine.hooks import run_hooks
from tidemill.engine.inputs import find_futures, is_plain, replace, required_futures
from tidemill.engine.leaving import leave_if_asked
from tidemill.engine.naming import name_run
from tidemill.engine.persistence import flow_persists, said_store, write
from tidemill.engine.prints import prints_are_logged
from tidemill.engine.quick_records import say
from tidemill.engine.recollection import Recollection, make_needed, recorded_so_far
from tidemill.engine.return_values import state_from_value
from tidemill.engine.tracebacks import worth_showing
from tidemill.engine.upstream import NotReadyError, resolver
from tidemill.exceptions import ParameterTypeError
from tidemill.results.keys import fresh_key

if TYPE_CHECKING:
    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.effects import Steps
    from tidemill.engine.flow_calls import FlowCall
    from tidemill.engine.workload import FlowWork

logger = logging.getLogger("tidemill.flow_runs")

_COMPLETED = StateType.COMPLETED
_FAILED = StateType.FAILED


def flow_run(call: FlowCall) -> Steps[State[Any]]:
    """Run one call of a flow to its final state. What the user's code raises ends up in the state."""
    parent = call.parent
    enclosing = parent.flow_context if parent is not None else None
    recalled: RecordedCall | None = None
    if enclosing is not None and enclosing.recollection is not None:
        recalled = enclosing.recollection.take(call.run_id)
        if recalled is not None and enclosing.recollection.settles(recalled):
            settled = yield from results.recalled_state(recalled, call, call.flow)
            if settled is not None:
                return settled
    wait = interrupted_wait(call, enclosing, recalled)
    context = yield from _open(call, enclosing, recalled, wait)
    error = yield from _resolve(call, context)
    if error is None and call.flow.flow_run_name is not None and call.claim is None and recalled is None:
        error = yield from name_run(call.flow.flow_run_name, context, "flow_run_name")
    if call.claim is None:
        yield from create(call, context, enclosing, error if isinstance(error, NotReadyError) else None)
    else:
        yield Record(RootHeld(context.root, context.epoch))
    if error is not None:
        return (yield from _refuse(call, context, error))
    state = yield from _attempts(call, context, wait)
    if state.type is StateType.PAUSED:
        leave_if_asked(parent)
    return state


def _open(
    call: FlowCall, enclosing: FlowRunContext | None, recalled: RecordedCall | None, wait: RetryWait | None
) -> Steps[FlowRunContext]:
    flow = call.flow
    context = FlowRunContext()
    context.runtime = call.runtime
    context.flow = flow
    context.run_id = call.run_id
    context.key = scope_key(call.run_id)
    context.root = enclosing.root if enclosing is not None else call.run_id
    claimed = call.claim.epoch if call.claim is not None else FIRST_EPOCH
    context.epoch = enclosing.epoch if enclosing is not None else claimed
    context.parent = call.parent
    context.flow_context = context
    context.parameters = call.parameters
    context.calls = {}
    context.tags = call.tags
    context.made = {}
    context.runner = None
    context.watch = Watch(context)
    context.run_count = call.claim.run_count if call.claim is not None else recalled.run_count if recalled else 0
    context.ordinal = call.claim.next_ordinal if call.claim is not None else recalled.ordinal if recalled else 0
    context.start_us = call.runtime.clock.now_us()
    context.parent_task_run_id = None
    context.log_prints = prints_are_logged(flow.log_prints, call.parent, call.runtime)
    context.persist_result = flow_persists(flow, call.parent, call.runtime)
    context.result_store = said_store(flow, call.parent)
    context.state = State(StateType.PENDING, timestamp_us=context.start_us)
    context.recollection = enclosing.recollection if enclosing is not None else None
    if call.claim is not None:
        calls = yield from recorded_so_far(context)
        context.recollection = Recollection(calls, replay_failures=call.replay_failures and wait is None)
    elif context.recollection is not None and wait is not None:
        context.recollection = context.recollection.with_failures_made_again()
    if call.claim is not None:
        context.run_name = call.claim.name
    elif recalled is not None:
        context.run_name = recalled.label
    else:
        context.run_name = made_up_name(int.from_bytes(context.key[12:], "big"))  # the end of an id is random
    return context


def _resolve(call: FlowCall, context: FlowRunContext) -> Steps[Exception | None]:
    """Swap futures for values and coerce the parameters; what is wrong is returned, so that it can be recorded."""
    parameters = call.parameters
    try:
        if call.wait_for is not None or not is_plain(parameters.values()):
            awaited = collected(call.wait_for)
            futures = find_futures([*parameters.values(), awaited])
            if futures:
                yield WaitFor(futures)
                yield from make_needed(context, futures)
            resolver.check(required_futures(awaited))
            parameters = {name: replace(value, resolver) for name, value in parameters.items()}
        if call.flow.should_validate_parameters:
            parameters = call.flow.validate_parameters(parameters)
    except (NotReadyError, ParameterTypeError) as error:
        return error
    context.parameters = call.parameters = parameters
    return None


def _refuse(call: FlowCall, context: FlowRunContext, error: Exception) -> Steps[State[Any]]:
    """The parameters are not what the flow takes, or give no name: the run failed before its body could start."""
    now = call.runtime.clock.now_us()
    if isinstance(error, NotReadyError):
        state: State[Any] = State(StateType.PENDING, "NotReady", str(error), timestamp_us=now)
        yield state_set(context, state)
        if context.root == context.run_id:
            call.runtime.recorder.released(context.root)
        return state
    if isinstance(error, ParameterTypeError):
        state = State(_FAILED, None, str(error), error, timestamp_us=now)
    else:
        state = State(_FAILED, None, f"The run could not be named: {error!r}", error, timestamp_us=now)
    if call.claim is not None:  # an attempt of its own: what is over must be opened before it can fail again
        yield state_set(context, State(StateType.PENDING, timestamp_us=now))
    yield from _end(call, context, state, 0)
    return state


def _attempts(call: FlowCall, context: FlowRunContext, wait: RetryWait | None) -> Steps[State[Any]]:
    """Call the body, again where the policy says so, until there is a final state; record each step."""
    flow = call.flow
    clock = call.runtime.clock
    args, kwargs = flow.signature.call_arguments(call.parameters)
    failures = ran_us = 0
    try:
        yield Attend(context.watch)
        failures = yield from wait_on(context, wait)
        while True:
            context.run_count += 1
            start = context.start_us = clock.now_us()
            again = failures > 0 or (call.claim is not None and not call.replay_failures)
            yield state_set(context, State(StateType.RUNNING, "Retrying" if again else None, timestamp_us=start))
            say(logger, logging.INFO, context, "Beginning flow run %r of flow %r", context.run_name, flow.name)
            if flow.on_running_hooks:
                yield from run_hooks(flow.on_running_hooks, flow, context, context.state)
            outcome: Outcome[Any] = yield Call(context, flow.fn, args, kwargs, flow.timeout_seconds)
            outcome = heeded(context, outcome)
            yield from make_returned(context, outcome)
            yield from finish_submitted(context, outcome)
            outcome = heeded(context, outcome)
            end = clock.now_us()
            ran_us += end - start
            if outcome.raised is not None:
                state = state_from(context, outcome.raised, end)
            else:
                state = state_from_value(outcome.value, end)
            if state.type is _FAILED and failures < flow.retry_policy.count:
                failures += 1
                yield from finish_left_behind(context, outcome)
                delay = flow.retry_policy.delay_for(failures, call.runtime.chance())
                yield from await_retry(context, state, delay, failures, flow.retry_policy.count)
                yield from finish_left_behind(context, outcome)  # what a gather had not begun begins while one waits
                yield from begin_anew(context)
                continue
            return (yield from _over(call, context, state, ran_us))
    except BaseException as error:
        # A signal, a deadline or a cancellation that came outside of the body ends the run as it would have within.
        if isinstance(error, Exception | GeneratorExit) or context.state.is_final():
            raise
        outcome = heeded(context, Outcome(raised=error))
        yield from finish_submitted(context, outcome)
        assert outcome.raised is not None
        state = state_from(context, outcome.raised, clock.now_us())
        return (yield from _over(call, context, state, ran_us))
    finally:
        context.watch.end()


def _over(call: FlowCall, context: FlowRunContext, state: State[Any], ran_us: int) -> Steps[State[Any]]:
    context.watch.end()
    if call.strict and state.type is _COMPLETED:
        state = divergence(context, call.runtime.clock.now_us()) or state
    yield from _end(call, context, state, ran_us)
    return state


def _end(call: FlowCall, context: FlowRunContext, state: State[Any], ran_us: int) -> Steps[None]:
    flow = call.flow
    kept = yield from _keep(context, state)
    waits = state.type is StateType.PAUSED
    yield state_set(context, state, to_builtins(state.state_details) if waits else None, kept)
    if context.root == context.run_id:
        call.runtime.recorder.released(context.root)
    if context.parent_task_run_id is not None:
        yield Record(
            TaskRunEnded(
                context.root,
                context.parent_task_run_id,
                state.type.value,
                state.name,
                state.message,
                state.timestamp_us,
                1,
                ran_us,
            )
        )
    told = f"{state.name}: {state.message}" if state.message else state.name
    if state.type is _COMPLETED or waits:
        say(logger, logging.INFO, context, "Finished as %s", told)
    else:
        shown = worth_showing(state.data)
        logger.error("Finished as %s", told, extra={"run_context": context}, exc_info=shown)
    if not waits:
        tell_unasked(context)
    hooks = _hooks_by_type(flow).get(state.type)
    if hooks:
        yield from run_hooks(hooks, flow, context, state)


def _keep(context: FlowRunContext, state: State[Any]) -> Steps[str | None]:
    """What stands in the journal for the run's value; a file that was asked for is written before its end is told.

    Nothing of a generator: who asks for its items again has it run again.
    """
    if context.flow.isgenerator:
        return None
    if not context.persist_result or state.type is not _COMPLETED:
        return results.kept_text(state, context.runtime, context)
    key = fresh_key(context.flow.name, context.runtime.clock)
    outcome: Outcome[str | None] = yield Block(write, (context, value_of(state), key))
    if outcome.raised is None:
        return outcome.value
    state.message = f"The result was not written to storage: {outcome.raised}"
    logger.warning("%s", state.message, extra={"run_context": context})
    return results.kept_text(state, context.runtime, context)


def _hooks_by_type(flow: FlowWork) -> dict[StateType, list[Any]]:
    return {
        _COMPLETED: flow.on_completion_hooks,
        _FAILED: flow.on_failure_hooks,
        StateType.CRASHED: flow.on_crashed_hooks,
        StateType.CANCELLED: flow.on_cancellation_hooks,
    }
