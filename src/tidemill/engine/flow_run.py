"""The life of a flow run, decided. What is done about it is the driver's business (``effects``)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from tidemill.domain.entries import FlowRunCreated, RootHeld, TaskRunEnded, TaskRunStarted
from tidemill.domain.identity import derived_uuid, uuid_text
from tidemill.domain.names import made_up_name
from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.domain.values import value_of
from tidemill.engine import results
from tidemill.engine.body_ending import finish_submitted, heeded, state_from
from tidemill.engine.calls import collected, scope_key
from tidemill.engine.cancelling import Watch
from tidemill.engine.context import FlowRunContext
from tidemill.engine.divergence import divergence, tell_unasked
from tidemill.engine.effects import Attend, Block, Call, Outcome, Record, WaitFor, unwrap
from tidemill.engine.flow_states import state_set
from tidemill.engine.hooks import run_hooks
from tidemill.engine.inputs import find_futures, graph, is_plain, replace, required_futures
from tidemill.engine.leaving import idle, leave_if_asked
from tidemill.engine.naming import name_run
from tidemill.engine.persistence import flow_persists, said_store, write
from tidemill.engine.prints import prints_are_logged
from tidemill.engine.quick_records import say
from tidemill.engine.recollection import Recollection
from tidemill.engine.return_values import state_from_value
from tidemill.engine.serialising import json_parameters
from tidemill.engine.tracebacks import worth_showing
from tidemill.engine.under_way import finish_before_retry
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
    context = yield from _open(call, enclosing, recalled)
    error = yield from _resolve(call, context)
    if error is None and call.flow.flow_run_name is not None and call.claim is None and recalled is None:
        error = yield from name_run(call.flow.flow_run_name, context, "flow_run_name")
    if call.claim is None:
        yield from _create(call, context, enclosing)
    else:
        yield Record(RootHeld(context.root, context.epoch))
    if error is not None:
        return (yield from _refuse(call, context, error))
    state = yield from _attempts(call, context)
    if state.type is StateType.PAUSED:
        leave_if_asked(parent)
    return state


def _open(call: FlowCall, enclosing: FlowRunContext | None, recalled: RecordedCall | None) -> Steps[FlowRunContext]:
    flow = call.flow
    context = FlowRunContext()
    context.runtime = call.runtime
    context.flow = flow
    context.run_id = call.run_id
    context.key = scope_key(call.run_id)
    context.root = enclosing.root if enclosing is not None else call.run_id
    context.epoch = enclosing.epoch if enclosing is not None else call.claim.epoch if call.claim is not None else 1
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
        calls = unwrap((yield Block(call.runtime.recorded, (call.run_id,))))
        replays = call.replay_failures and call.claim.retry_at_us is None
        context.recollection = Recollection(calls, replay_failures=replays)
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
            resolver.check(required_futures(awaited))
            parameters = {name: replace(value, resolver) for name, value in parameters.items()}
        if call.flow.should_validate_parameters:
            parameters = call.flow.validate_parameters(parameters)
    except (NotReadyError, ParameterTypeError) as error:
        return error
    context.parameters = call.parameters = parameters
    return None


def _create(call: FlowCall, context: FlowRunContext, enclosing: FlowRunContext | None) -> Steps[None]:
    flow = call.flow
    now = context.start_us
    if enclosing is not None:
        assert call.parent is not None
        context.parent_task_run_id = standing_id = standing_task_run_id(call.run_id)
        yield Record(
            TaskRunStarted(
                context.root,
                standing_id,
                enclosing.run_id,
                context.run_name,
                flow.name,
                standing_id,
                call.tags,
                graph(call.parameters, enclosing.made),
                now,
                now,
                1,
                flow.version,
                None,
                call.parent.run_id if call.parent is not enclosing else None,
                enclosing.run_count,
                call.run_id,
            )
        )
    else:
        yield Record(RootHeld(context.root, context.epoch))
    yield Record(
        FlowRunCreated(
            context.root,
            call.run_id,
            flow.flow_id,
            flow.name,
            context.run_name,
            context.parent_task_run_id,
            json_parameters(call.parameters),
            call.tags,
            now,
            flow.version,
            flow.entrypoint,
            flow.retry_policy if flow.retry_policy.count else None,
            None,
            "continue",
            now,
            None,
            call.runtime.keeper.keep(call.parameters) if enclosing is None else None,
        )
    )
    if context.ordinal == 0:
        yield state_set(context, State(StateType.PENDING, timestamp_us=now))


def standing_task_run_id(flow_run_id: str) -> str:
    """The id of the task run that stands for a subflow run in its parent."""
    return uuid_text(derived_uuid(b"subflow", flow_run_id.encode()))


def _refuse(call: FlowCall, context: FlowRunContext, error: Exception) -> Steps[State[Any]]:
    """The parameters are not what the flow takes, or give no name: the run failed before its body could start."""
    now = call.runtime.clock.now_us()
    if isinstance(error, NotReadyError):
        state: State[Any] = State(StateType.PENDING, "NotReady", str(error), timestamp_us=now)
        yield state_set(context, state)
        return state
    if isinstance(error, ParameterTypeError):
        state = State(_FAILED, None, str(error), error, timestamp_us=now)
    else:
        state = State(_FAILED, None, f"The run could not be named: {error!r}", error, timestamp_us=now)
    if call.claim is not None:  # an attempt of its own: what is over must be opened before it can fail again
        yield state_set(context, State(StateType.PENDING, timestamp_us=now))
    yield from _end(call, context, state, 0)
    return state


def _attempts(call: FlowCall, context: FlowRunContext) -> Steps[State[Any]]:
    """Call the body, again where the policy says so, until there is a final state; record each step."""
    flow = call.flow
    clock = call.runtime.clock
    args, kwargs = flow.signature.call_arguments(call.parameters)
    failures = ran_us = 0
    try:
        yield Attend(context.watch)
        failures = yield from _wait_on(call, context)
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
                yield from _finish_left_behind(context, outcome)
                delay = flow.retry_policy.delay_for(failures, call.runtime.chance())
                yield from _await_retry(context, state, delay, failures, flow.retry_policy.count)
                yield from _finish_left_behind(context, outcome)  # what a gather had not begun begins while one waits
                yield from _begin_anew(context)
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


def _finish_left_behind(context: FlowRunContext, outcome: Outcome[Any]) -> Steps[None]:
    """Calls that outlast their attempt end before the next one, with what they have submitted since."""
    raised = outcome.raised
    yield from finish_submitted(context, outcome)
    while (yield from finish_before_retry(context)):
        yield from finish_submitted(context, outcome)
    if outcome.raised is not None and outcome.raised is not raised:
        raise outcome.raised  # stopped while it waited


def _over(call: FlowCall, context: FlowRunContext, state: State[Any], ran_us: int) -> Steps[State[Any]]:
    context.watch.end()
    if call.strict and state.type is _COMPLETED:
        state = divergence(context, call.runtime.clock.now_us()) or state
    yield from _end(call, context, state, ran_us)
    return state


def _wait_on(call: FlowCall, context: FlowRunContext) -> Steps[int]:
    """Where the run was cut off while a retry waited: wait for what is left of it. Gives the failures so far."""
    claim = call.claim
    if claim is None or claim.retry_at_us is None or not call.replay_failures:
        return 0
    remaining = (claim.retry_at_us - call.runtime.clock.now_us()) / 1_000_000
    yield from idle(context, remaining)
    return claim.failures


def _await_retry(context: FlowRunContext, state: State[Any], delay: float, failures: int, retries: int) -> Steps[None]:
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


def _begin_anew(context: FlowRunContext) -> Steps[None]:
    """Calls are counted from the first, and what is recorded of them is used again."""
    leave_if_asked(context)  # which stands in the count of calls
    context.calls = {}
    calls = unwrap((yield Block(context.runtime.recorded, (context.root,))))
    context.recollection = Recollection(calls, replay_failures=False)


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
