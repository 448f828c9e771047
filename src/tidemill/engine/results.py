"""What becomes of a run's value: how it is kept, and how it is had again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tidemill.domain.states import State, StateType
from tidemill.domain.values import Handle, missing_result
from tidemill.engine import persistence
from tidemill.engine.away import answered
from tidemill.engine.effects import Block
from tidemill.engine.inputs import SCALARS

if TYPE_CHECKING:
    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.calls import TaskCall
    from tidemill.engine.context import FlowRunContext, RunContext
    from tidemill.engine.effects import Outcome, Steps
    from tidemill.engine.flow_calls import FlowCall
    from tidemill.engine.runtime import Runtime
    from tidemill.engine.workload import Work

logger = logging.getLogger("tidemill.engine")


class RecordedValue(Handle):
    """The kept result of a run that ended before; loaded when it is asked for, once."""

    __slots__ = ("_loaded", "_run_id", "_runtime", "_text", "_value")

    def __init__(self, run_id: str, runtime: Runtime, text: str | None = None) -> None:
        self._run_id = run_id
        self._runtime = runtime
        self._text = text
        self._loaded = False
        self._value: Any = None

    def get(self) -> Any:
        """The value. Raises where its bytes are gone or are not what was written."""
        if not self._loaded:
            text = self._text or _recorded_text(self._run_id, self._runtime)
            self._value = persistence.load(text, self._runtime)
            self._loaded = True
            self._text = None
        return self._value


def _recorded_text(run_id: str, runtime: Runtime) -> str:
    text = runtime.ledger.kept_result(run_id)
    if text is None:
        raise missing_result(f"run {run_id}")
    return text


def recalled_state(
    recalled: RecordedCall, call: FlowCall | TaskCall, work: Work, *, once: bool = False
) -> Steps[State[Any] | None]:
    """The final state of a run that is not made again; ``None``, said in a warning, where its file is lost.

    A file may be removed, or be another run's by now, so it is read at once, unless the run is made at most ``once``
    whatever became of it. What stands in the store is loaded when it is needed, and refused if somebody has tampered
    with it.
    """
    if call.runtime.ledger.is_here:
        text = _recorded_text(recalled.run_id, call.runtime)
    else:
        what = f"what run {recalled.label!r} gave"
        text = yield from answered(call.runtime, what, _recorded_text, recalled.run_id, call.runtime)
    value: Any = RecordedValue(recalled.run_id, call.runtime, text)
    if persistence.is_reference(text) and not once:
        outcome: Outcome[Any] = yield Block(_read, (text, call, work))
        if outcome.raised is not None:
            logger.warning(
                "Run %r (%s) had ended, but its result cannot be had: %s It runs again.",
                recalled.label,
                recalled.run_id,
                outcome.raised,
                extra={"run_context": call.parent},
            )
            return None
        value = outcome.value
    return State(recalled.type, recalled.name, recalled.message, value)


def _read(text: str, call: FlowCall | TaskCall, work: Work) -> Any:
    store = persistence.said_store(work, call.parent) or persistence.store_of(work, call.parent, call.runtime)
    return persistence.load(text, call.runtime, store)


def kept_of(call: TaskCall, state: State[Any], context: RunContext) -> str | None:
    """What the journal keeps of a task run's end.

    Nothing of a generator whose items somebody takes as they come: who asks for it again takes them again.
    """
    if call.task.isgenerator and call.items is None:
        return None
    return kept_text(state, call.runtime, context)


def kept_text(state: State[Any], runtime: Runtime, context: RunContext) -> str | None:
    """The text under which a small value goes into the journal, or ``None`` where it is not kept."""
    if not runtime.settings.keep_results:
        return None
    data = state.data
    if state.type is StateType.COMPLETED:
        try:
            value = data.get() if isinstance(data, Handle) else data
        except Exception as error:  # noqa: BLE001 - what reading it raises; who asks for the value is told the same
            state.message = state.message or f"The result was not kept: it cannot be had: {error}"
            return None
        text = runtime.keeper.keep(value, runtime.settings.kept_bytes)
        if text is None:
            _tell_unkept(state, value, runtime, context)
        return text
    return runtime.keeper.keep_exception(data) if isinstance(data, Exception) else None


def _tell_unkept(state: State[Any], value: Any, runtime: Runtime, context: RunContext) -> None:
    """What cannot be pickled is said in the state; that a value is large is nothing to worry about."""
    part = runtime.keeper.unpicklable_part(value)
    if part is None:
        logger.debug("The result is too large for the journal.", extra={"run_context": context})
        return
    reason = f"The result was not kept: it cannot be pickled: {part}"
    state.message = state.message or reason
    logger.debug("%s", reason, extra={"run_context": context})


_REMEMBERED = 1_000


def remember(flow: FlowRunContext, run_id: str, value: Any) -> None:
    """Note which task run made a value, so that passing it on shows as an edge in the run graph.

    Only objects with an identity of their own, and only the latest of them: the graph is not worth a leak. ``value``
    was small enough to be kept.
    """
    if type(value) in SCALARS:
        return
    made = flow.made
    if len(made) >= _REMEMBERED:
        del made[next(iter(made))]
    made[id(value)] = (value, run_id)
