"""The life of a task run, decided. What is done about it is the driver's business (``effects``)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import TaskRunCreated, TaskRunEnded, TaskRunStarted, TaskRunStateSet
from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.engine import caching, results
from tidemill.engine.calls import edges_of, scope_key
from tidemill.engine.cancelling import cancelled_task
from tidemill.engine.context import TaskRunContext
from tidemill.engine.effects import Block, Call, Invoke, Outcome, Record, Sleep, WaitFor, unwrap
from tidemill.engine.hooks import run_hooks
from tidemill.engine.inputs import find_futures, replace
from tidemill.engine.naming import called, name_run
from tidemill.engine.persistence import is_reference, said_store, task_persists
from tidemill.engine.prints import prints_are_logged
from tidemill.engine.recollection import make_needed
from tidemill.engine.results import RecordedValue
from tidemill.engine.return_values import state_from_error, state_from_value
from tidemill.engine.tracebacks import worth_showing
from tidemill.engine.under_way import finish_before_retry
from tidemill.engine.upstream import NotReadyError, resolver
from tidemill.exceptions import CrashedRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.calls import TaskCall
    from tidemill.engine.effects import Steps
    from tidemill.engine.inputs import Future
    from tidemill.engine.slots import Lease

logger = logging.getLogger("tidemill.task_runs")

_COMPLETED = StateType.COMPLETED
_FAILED = StateType.FAILED


def task_run(call: TaskCall) -> Steps[State[Any]]:
    """Run one call of a task to its final state. What the user's code raises ends up in the state."""
    recalled = _recall(call)
    if recalled is not None:
        settled = yield from _settle(call, recalled)
        if settled is not None:
            return settled
    inputs = None
    if not call.plain or call.wait_for or call.origins:
        inputs = edges_of(call)
        if call.upstream or call.wait_for:
            yield WaitFor([*call.upstream, *call.wait_for])
            yield from make_needed(call.flow_context, call.upstream)
        try:
            resolver.check(call.required)
            call.parameters = _resolved(call)
        except NotReadyError as error:
            return (yield from _not_ready(call, error, inputs))
    context = yield from _open(call, recalled)
    if call.task.task_run_name is not None:
        unnamed = yield from name_run(call.task.task_run_name, context, "task_run_name")
        if unnamed is not None:
            return (yield from _nameless(call, context, inputs, unnamed))
    if caching.concerns(call, context):
        return (yield from caching.cached_run(call, context, _attempts(call, context, inputs, recalled), inputs))
    return (yield from _attempts(call, context, inputs, recalled))


def _resolved(call: TaskCall) -> dict[str, Any]:
    if call.bare:
        return call.parameters
    return {name: replace(value, resolver) for name, value in call.parameters.items()}


def _interrupted(call: TaskCall, context: TaskRunContext, error: BaseException, ran_us: int) -> Steps[State[Any]]:
    """The run was stopped while it waited or recorded: it ends as Crashed like one that was stopped in its body."""
    state = _state_from(context, error, call.runtime.clock.now_us())
    yield from _end(call, context, state, ran_us)
    return state


def _recall(call: TaskCall) -> RecordedCall | None:
    flow = call.flow_context
    if flow is None or flow.recollection is None:
        return None
    return flow.recollection.take(call.run_id)


def _settle(call: TaskCall, recalled: RecordedCall) -> Steps[State[Any] | None]:
    """The final state that the record gives, or ``None`` if the call must be made (again)."""
    flow = call.flow_context
    assert flow is not None
    assert flow.recollection is not None
    once = call.task.at_most_once
    if flow.recollection.settles(recalled):
        state: State[Any] | None = yield from results.recalled_state(recalled, call, call.task, once=once)
        if state is not None:
            caching.rejoin(call, recalled)
        return state
    if recalled.type is _COMPLETED:
        undone = recalled.name == "RolledBack"
        if once and not undone:  # who asks for its value is told that it was not kept
            return State(_COMPLETED, recalled.name, recalled.message, RecordedValue(call.run_id, call.runtime))
        reason = "was undone with its transaction" if undone else "its result was not kept"
        logger.info(
            "Task run %s had completed, but %s: it runs again.", call.run_id, reason, extra={"run_context": flow}
        )
    elif once and recalled.type in (StateType.RUNNING, StateType.CRASHED):
        message = (
            f"Task run {recalled.label!r} was interrupted in its body, and it is declared at_most_once: "
            "it is not run again."
        )
        now = call.runtime.clock.now_us()
        if recalled.type is StateType.RUNNING:
            yield Record(
                TaskRunEnded(flow.root, call.run_id, "CRASHED", "Crashed", message, now, recalled.run_count, 0)
            )
        return State(StateType.CRASHED, message=message, data=CrashedRun(message), timestamp_us=now)
    return None


def _open(call: TaskCall, recalled: RecordedCall | None) -> Steps[TaskRunContext]:
    task = call.task
    flow = call.flow_context
    context = TaskRunContext()
    context.runtime = call.runtime
    context.task = task
    context.run_id = call.run_id
    context.key = scope_key(call.run_id)
    context.root = flow.root if flow is not None else ""
    context.parent = call.parent
    context.flow_context = flow
    context.parameters = call.parameters
    context.calls = {}
    context.tags = call.tags
    context.run_count = recalled.run_count if recalled is not None else 0
    context.start_us = 0
    context.log_prints = prints_are_logged(task.log_prints, call.parent, call.runtime)
    context.persist_result = task_persists(task, call.parent, call.runtime)
    context.result_store = said_store(task, call.parent)
    context.transaction = None
    context.state = _PENDING
    context.run_name = f"{task.name}-{call.run_id[:3]}"
    if recalled is not None and recalled.scheduled_us is not None and recalled.name == "AwaitingRetry":
        remaining = (recalled.scheduled_us - call.runtime.clock.now_us()) / 1_000_000
        if remaining > 0:
            yield Sleep(remaining)
    return context


_PENDING: State[Any] = State(StateType.PENDING)


def _attempts(call: TaskCall, context: TaskRunContext, inputs: Any, recalled: RecordedCall | None) -> Steps[State[Any]]:
    """Call the body, again where the policy says so, until there is a final state; record each step."""
    task = call.task
    now_us = call.runtime.clock.now_us
    args, kwargs = task.signature.call_arguments(call.parameters)
    failures = recalled.failures if recalled is not None else 0
    ran_us = 0
    try:
        while True:
            lease = (yield from _tag_slots(call, context, inputs)) if call.tags else None
            try:
                context.run_count += 1
                start = context.start_us = now_us()
                context.state = State(StateType.RUNNING, "Retrying" if failures else None, timestamp_us=start)
                yield Record(_started(call, context, inputs, start))
                if task.on_running_hooks:
                    yield from run_hooks(task.on_running_hooks, task, context, context.state)
                outcome: Outcome[Any] = yield Call(context, task.body, args, kwargs, task.timeout_seconds)
                if lease is not None:
                    unwrap((yield Block(lease.give_back)))
            finally:
                if lease is not None:
                    lease.give_back()  # where the driver itself was ended
            outcome, futures = _returned(call, outcome)
            if futures:
                yield WaitFor(futures)
                yield from make_needed(call.flow_context, futures)
            end = now_us()
            ran_us += end - start
            state = _judge(context, outcome, end, bare=not futures)
            if call.travels:
                state = call.checked(state)
            if (
                state.type is _FAILED
                and failures < task.retry_policy.count
                and (task.retry_condition_fn is None or (yield from _wants_retry(call, context, state)))
            ):
                failures += 1
                yield from finish_before_retry(context)
                delay = task.retry_policy.delay_for(failures, call.runtime.chance())
                yield from _await_retry(context, state, delay, failures, task.retry_policy.count)
                yield from finish_before_retry(context)  # what a gather had not begun begins while one waits
                continue
            yield from _end(call, context, state, ran_us)
            return state
    except BaseException as error:
        # A signal, a deadline or a cancellation that came outside of the body ends the run as it would have within.
        if isinstance(error, Exception | GeneratorExit) or context.state.is_final():
            raise
        return (yield from _interrupted(call, context, error, ran_us))


def _tag_slots(call: TaskCall, context: TaskRunContext, inputs: Any) -> Steps[Lease | None]:
    from tidemill.engine.taking_slots import take_for_tags  # noqa: PLC0415 - loads the store; only tags need it

    now = call.runtime.clock.now_us()
    return (yield from take_for_tags(context, lambda: _started(call, context, inputs, now)))


def _started(call: TaskCall, context: TaskRunContext, inputs: Any, start: int) -> TaskRunStarted:
    task = call.task
    flow = call.flow_context
    parent = call.parent
    return TaskRunStarted(
        context.root,
        call.run_id,
        flow.run_id if flow is not None else None,
        context.run_name,
        task.task_key,
        call.run_id,
        call.tags,
        inputs,
        start,
        start,
        context.run_count,
        task.version,
        task.retry_policy if task.retry_policy.count else None,
        parent.run_id if parent is not None and parent is not flow else None,
        flow.run_count if flow is not None else 0,
        None,
        task.at_most_once,
    )


def _state_from(context: TaskRunContext, error: BaseException, end: int) -> State[Any]:
    return cancelled_task(context, error, end) or state_from_error(
        error, "task", end, context.task.timeout_seconds, called(context)
    )


def _returned(call: TaskCall, outcome: Outcome[Any]) -> tuple[Outcome[Any], Sequence[Future]]:
    """What the body ended with, and the futures in it."""
    if call.items is not None and outcome.raised is None:
        outcome = Outcome(call.items)  # what a generator gave is what it returned
    return outcome, () if type(outcome.value) in _ORDINARY else find_futures(outcome.value)


def _judge(context: TaskRunContext, outcome: Outcome[Any], end: int, *, bare: bool) -> State[Any]:
    """The state that a body's end says; ``bare``: there are no futures in what it returned."""
    if outcome.raised is not None:
        return _state_from(context, outcome.raised, end)
    value = outcome.value
    if type(value) in _ORDINARY or (bare and type(value) is dict):
        return State(_COMPLETED, None, None, value, timestamp_us=end)
    return state_from_value(value, end, bare=bare)


_ORDINARY = frozenset({int, str, float, bool, bytes, type(None)})


def _wants_retry(call: TaskCall, context: TaskRunContext, state: State[Any]) -> Steps[bool]:
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


def _await_retry(context: TaskRunContext, state: State[Any], delay: float, failures: int, retries: int) -> Steps[None]:
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


def _end(call: TaskCall, context: TaskRunContext, state: State[Any], ran_us: int) -> Steps[None]:
    task = call.task
    before, context.state = context.state, state
    txn = context.transaction
    try:
        kept = (
            results.kept_of(call, state, context)
            if txn is None
            else (yield from caching.settle(call, context, txn, state))
        )
    except BaseException:
        context.state = before  # it was interrupted, and has not ended like this
        raise
    yield Record(
        TaskRunEnded(
            context.root,
            call.run_id,
            state.type.value,
            state.name,
            state.message,
            state.timestamp_us,
            context.run_count,
            ran_us,
            kept,
        )
    )
    if txn is not None:
        txn.ended = True
        if txn.undone and state.type is _COMPLETED:
            yield Record(caching.rolled_back(context))
    if call.flow_context is not None and kept is not None and not is_reference(kept):
        results.remember(call.flow_context, call.run_id, state.data)
    if state.type is _COMPLETED:
        if task.on_completion_hooks:
            yield from run_hooks(task.on_completion_hooks, task, context, state)
        return
    logger.error("%s", state.message or state.name, extra={"run_context": context}, exc_info=worth_showing(state.data))
    if task.on_failure_hooks and state.type is _FAILED:
        yield from run_hooks(task.on_failure_hooks, task, context, state)


def _nameless(call: TaskCall, context: TaskRunContext, inputs: Any, error: Exception) -> Steps[State[Any]]:
    """The run could not be given the name that its task asks for: it failed before its body could start."""
    now = call.runtime.clock.now_us()
    yield Record(_started(call, context, inputs, now))
    state: State[Any] = State(_FAILED, None, f"The run could not be named: {error!r}", error, timestamp_us=now)
    yield from _end(call, context, state, 0)
    return state


def recalled_run(call: TaskCall) -> Steps[tuple[RecordedCall | None, State[Any] | None]]:
    """What was recorded of a call that is to be made in another process, and its final state if that settles it."""
    recalled = _recall(call)
    return recalled, None if recalled is None else (yield from _settle(call, recalled))


def unsent_run(call: TaskCall, error: Exception) -> Steps[State[Any]]:
    """A run whose call could not be sent to the process that should run it: it failed before its body could start."""
    from tidemill.pickling import why_unpicklable  # noqa: PLC0415 - only where something is wrong

    context = yield from _open(call, None)
    now = call.runtime.clock.now_us()
    yield Record(_started(call, context, edges_of(call), now))
    why = why_unpicklable(call.parameters) or why_unpicklable(call.task.fn) or str(error)
    message = f"The call of task {call.task.name!r} cannot travel to another process: {why}"
    state: State[Any] = State(_FAILED, None, message, TypeError(message), timestamp_us=now)
    yield from _end(call, context, state, 0)
    return state


def _not_ready(call: TaskCall, error: NotReadyError, inputs: Any) -> Steps[State[Any]]:
    """A run whose upstream did not complete: it is recorded as Pending and never starts."""
    context = yield from _open(call, None)
    started = _started(call, context, inputs, call.runtime.clock.now_us())
    yield Record(
        TaskRunCreated(
            started.root,
            started.id,
            started.flow_run_id,
            started.name,
            started.task_key,
            started.dynamic_key,
            started.tags,
            inputs,
            started.created_us,
            "NotReady",
            str(error),
            started.task_version,
            started.empirical_policy,
            started.parent_task_run_id,
        )
    )
    return State(StateType.PENDING, "NotReady", str(error), timestamp_us=started.created_us)
