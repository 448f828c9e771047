"""What a call of a task finds when the record knows it: its end, or how far it had come."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import TaskRunEnded
from tidemill.domain.states import State, StateType
from tidemill.engine import caching, results
from tidemill.engine.effects import Record
from tidemill.engine.results import RecordedValue
from tidemill.exceptions import CrashedRun

if TYPE_CHECKING:
    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.calls import TaskCall
    from tidemill.engine.effects import Steps

logger = logging.getLogger("tidemill.task_runs")


def recall(call: TaskCall) -> RecordedCall | None:
    """What is recorded of the call, once."""
    flow = call.flow_context
    if flow is None or flow.recollection is None:
        return None
    return flow.recollection.take(call.run_id)


def settle(call: TaskCall, recalled: RecordedCall) -> Steps[State[Any] | None]:
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
    if recalled.type is StateType.COMPLETED:
        undone = recalled.name == "RolledBack"
        if once and not undone:  # who asks for its value is told that it was not kept
            return State(StateType.COMPLETED, recalled.name, recalled.message, RecordedValue(call.run_id, call.runtime))
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


def recalled_run(call: TaskCall) -> Steps[tuple[RecordedCall | None, State[Any] | None]]:
    """What was recorded of a call that is to be made in another process, and its final state if that settles it."""
    recalled = recall(call)
    return recalled, None if recalled is None else (yield from settle(call, recalled))
