"""How a task run ends: its state from what came of its body, and what is recorded, kept and called then."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import TaskRunEnded
from tidemill.domain.states import State, StateType
from tidemill.engine import caching, results
from tidemill.engine.cancelling import cancelled_task
from tidemill.engine.effects import Outcome, Record
from tidemill.engine.hooks import run_hooks
from tidemill.engine.inputs import find_futures
from tidemill.engine.naming import called
from tidemill.engine.persistence import is_reference
from tidemill.engine.return_values import state_from_error, state_from_value
from tidemill.engine.tracebacks import worth_showing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.engine.calls import TaskCall
    from tidemill.engine.context import TaskRunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.inputs import Future


logger = logging.getLogger("tidemill.task_runs")

_COMPLETED = StateType.COMPLETED
_FAILED = StateType.FAILED


def state_from(context: TaskRunContext, error: BaseException, end: int) -> State[Any]:
    """The state of a run that an error ended: cancelled, crashed, overdue or failed."""
    return cancelled_task(context, error, end) or state_from_error(
        error, "task", end, context.task.timeout_seconds, called(context)
    )


def returned(call: TaskCall, outcome: Outcome[Any]) -> tuple[Outcome[Any], Sequence[Future]]:
    """What the body ended with, and the futures in it."""
    if call.items is not None and outcome.raised is None:
        outcome = Outcome(call.items)  # what a generator gave is what it returned
    return outcome, () if type(outcome.value) in _ORDINARY else find_futures(outcome.value)


def judge(context: TaskRunContext, outcome: Outcome[Any], end: int, *, bare: bool) -> State[Any]:
    """The state that a body's end says; ``bare``: there are no futures in what it returned."""
    if outcome.raised is not None:
        return state_from(context, outcome.raised, end)
    value = outcome.value
    if type(value) in _ORDINARY or (bare and type(value) is dict):
        return State(_COMPLETED, None, None, value, timestamp_us=end)
    return state_from_value(value, end, bare=bare)


_ORDINARY = frozenset({int, str, float, bool, bytes, type(None)})


def end_task_run(call: TaskCall, context: TaskRunContext, state: State[Any], ran_us: int) -> Steps[None]:
    """Record the run's end, with its value where that is kept, and tell its hooks."""
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
