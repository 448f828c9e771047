"""From what the user's code returned or raised to the state that says so."""

from __future__ import annotations

from collections import Counter
from inspect import isawaitable
from signal import Signals
from typing import Any, Final

from tidemill.domain.states import TERMINAL_STATES, State, StateType
from tidemill.domain.values import are_states
from tidemill.engine.inputs import Future
from tidemill.engine.signals import CancelRequested, FlowStopped, Overdue, RunTimeoutError
from tidemill.exceptions import Pause, TerminationSignal, UnfinishedRun
from tidemill.utilities import walk


def futures_as_states(value: Any) -> Any:
    """The value with each future in it swapped for the state it ended in."""
    return walk.replace(value, Future, lambda future: future.final_state())


def state_from_value(value: Any, now_us: int, *, bare: bool = False) -> State[Any]:
    """What a return value says: a state is itself, several states are judged together, anything else completed.

    Futures in it are done. ``bare``: there are none, so they need not be looked for.
    """
    if not bare:
        value = futures_as_states(value)
    if isinstance(value, State):
        if not value.timestamp_us:
            value.timestamp_us = now_us
        return _refused(value, now_us) if value.type in _NO_END else value
    if are_states(value):
        return _judged_together(list(value), value, now_us)
    if isawaitable(value):
        message = f"The function returned {type(value).__name__}, which was not awaited."
        return State(StateType.FAILED, None, message, TypeError(message), timestamp_us=now_us)
    return State(StateType.COMPLETED, None, None, value, timestamp_us=now_us)


#: A run that is over can be in none of these; one that is paused is over for now.
_NO_END: Final = frozenset({StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING})


def _refused(state: State[Any], now_us: int) -> State[Any]:
    """Nobody is at a run that has returned, so one that went by this state would be in it for ever."""
    message = f"The state that was returned is not final: {state.name}{f': {state.message}' if state.message else ''}"
    return State(StateType.FAILED, None, message, UnfinishedRun(message), timestamp_us=now_us)


def _judged_together(states: list[State[Any]], value: Any, now_us: int) -> State[Any]:
    counts = Counter(state.type for state in states)
    total = len(states)
    if counts[StateType.COMPLETED] == total:
        return State(StateType.COMPLETED, None, "All states completed.", value, timestamp_us=now_us)
    if counts[StateType.CANCELLED]:
        said = f"{counts[StateType.CANCELLED]}/{total} states cancelled."
        return State(StateType.CANCELLED, None, said, value, timestamp_us=now_us)
    if counts[StateType.PAUSED]:
        said = f"{counts[StateType.PAUSED]}/{total} states paused."
        return State(StateType.PAUSED, None, said, value, timestamp_us=now_us)
    failed = sum(n for kind, n in counts.items() if kind in (StateType.FAILED, StateType.CRASHED))
    unfinished = sum(n for kind, n in counts.items() if kind not in TERMINAL_STATES)
    said = f"{failed}/{total} states failed." if failed else f"{unfinished}/{total} states are not final."
    return State(StateType.FAILED, None, said, value, timestamp_us=now_us)


def state_from_error(  # noqa: PLR0911 - one line for each kind of end
    error: BaseException, kind: str, now_us: int, timeout: float | None, run: str | None = None
) -> State[Any]:
    """What an exception says: the user's errors failed the run, what came from outside crashed it.

    ``run`` is how a run is called where its name is needed: by default after its ``kind``.
    """
    if isinstance(error, RunTimeoutError) and timeout is not None:
        message = overdue_words(run or f"The {kind}", timeout)
        error.args = (message,)
        return State(StateType.FAILED, "TimedOut", message, error, timestamp_us=now_us)
    if isinstance(error, Overdue):
        message = f"The {kind} was stopped: a run around it took longer than its timeout."
        return State(StateType.CRASHED, None, message, error, timestamp_us=now_us)
    if isinstance(error, FlowStopped):
        message = f"The {kind} was stopped with the flow run that submitted it."
        return State(StateType.CRASHED, None, message, error, timestamp_us=now_us)
    if isinstance(error, Pause) and error.state is not None:
        return error.state
    if isinstance(error, CancelRequested):
        return State(StateType.CANCELLED, None, str(error), timestamp_us=now_us)
    if isinstance(error, KeyboardInterrupt):
        return State(StateType.CRASHED, None, f"The {kind} was stopped by Ctrl-C.", error, timestamp_us=now_us)
    said = in_words(error)
    if isinstance(error, TerminationSignal):
        said = Signals(error.signal).name
    if isinstance(error, Exception):
        return State(StateType.FAILED, None, f"The {kind} raised {said}", error, timestamp_us=now_us)
    return State(StateType.CRASHED, None, f"The {kind} was stopped by {said}", error, timestamp_us=now_us)


def overdue_words(run: str, timeout: float) -> str:
    """How it is said that a run was over its time."""
    return f"{run} took longer than {timeout:g} s"


def in_words(error: BaseException) -> str:
    """The exception's kind and words. A broken ``__str__`` must not hide the failure that it is about."""
    kind = type(error).__name__
    try:
        words = str(error)
    except Exception as inner:  # noqa: BLE001 - the user's code may raise anything
        return f"{kind} (its message cannot be read: {type(inner).__name__})"
    return f"{kind}: {words}" if words else kind
