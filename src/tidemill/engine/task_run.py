"""The life of a task run, decided. What is done about it is the driver's business (``effects``)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import TaskRunCreated, TaskRunStarted
from tidemill.domain.states import State, StateType
from tidemill.engine import caching
from tidemill.engine.calls import edges_of, scope_key
from tidemill.engine.context import TaskRunContext
from tidemill.engine.effects import Block, Call, Outcome, Record, Sleep, WaitFor, unwrap
from tidemill.engine.hooks import run_hooks
from tidemill.engine.inputs import replace
from tidemill.engine.naming import name_run
from tidemill.engine.persistence import said_store, task_persists
from tidemill.engine.prints import prints_are_logged
from tidemill.engine.recollection import make_needed
from tidemill.engine.task_ends import end_task_run, judge, returned, state_from
from tidemill.engine.task_recall import recall, settle
from tidemill.engine.task_retries import await_retry, wants_retry
from tidemill.engine.under_way import finish_before_retry
from tidemill.engine.upstream import NotReadyError, resolver

if TYPE_CHECKING:
    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.calls import TaskCall
    from tidemill.engine.effects import Steps
    from tidemill.engine.slots import Lease

logger = logging.getLogger("tidemill.task_runs")

_COMPLETED = StateType.COMPLETED
_FAILED = StateType.FAILED


def task_run(call: TaskCall) -> Steps[State[Any]]:
    """Run one call of a task to its final state. What the user's code raises ends up in the state."""
    recalled = recall(call)
    if recalled is not None:
        settled = yield from settle(call, recalled)
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
    state = state_from(context, error, call.runtime.clock.now_us())
    yield from end_task_run(call, context, state, ran_us)
    return state


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
            outcome, futures = returned(call, outcome)
            if futures:
                yield WaitFor(futures)
                yield from make_needed(call.flow_context, futures)
            end = now_us()
            ran_us += end - start
            state = judge(context, outcome, end, bare=not futures)
            if call.travels:
                state = call.checked(state)
            if (
                state.type is _FAILED
                and failures < task.retry_policy.count
                and (task.retry_condition_fn is None or (yield from wants_retry(call, context, state)))
            ):
                failures += 1
                yield from finish_before_retry(context)
                delay = task.retry_policy.delay_for(failures, call.runtime.chance())
                yield from await_retry(context, state, delay, failures, task.retry_policy.count)
                yield from finish_before_retry(context)  # what a gather had not begun begins while one waits
                continue
            yield from end_task_run(call, context, state, ran_us)
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


def _nameless(call: TaskCall, context: TaskRunContext, inputs: Any, error: Exception) -> Steps[State[Any]]:
    """The run could not be given the name that its task asks for: it failed before its body could start."""
    now = call.runtime.clock.now_us()
    yield Record(_started(call, context, inputs, now))
    state: State[Any] = State(_FAILED, None, f"The run could not be named: {error!r}", error, timestamp_us=now)
    yield from end_task_run(call, context, state, 0)
    return state


def unsent_run(call: TaskCall, error: Exception) -> Steps[State[Any]]:
    """A run whose call could not be sent to the process that should run it: it failed before its body could start."""
    from tidemill.pickling import why_unpicklable  # noqa: PLC0415 - only where something is wrong

    context = yield from _open(call, None)
    now = call.runtime.clock.now_us()
    yield Record(_started(call, context, edges_of(call), now))
    why = why_unpicklable(call.parameters) or why_unpicklable(call.task.fn) or str(error)
    message = f"The call of task {call.task.name!r} cannot travel to another process: {why}"
    state: State[Any] = State(_FAILED, None, message, TypeError(message), timestamp_us=now)
    yield from end_task_run(call, context, state, 0)
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
