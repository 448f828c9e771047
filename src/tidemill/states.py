"""States and what can be done with them: constructors, values, exceptions."""

from __future__ import annotations

import traceback
from collections import Counter
from copy import copy
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from tidemill.domain.states import State, StateDetails, StateType, from_us
from tidemill.domain.values import are_states, exception_of
from tidemill.engine.inputs import find_futures
from tidemill.engine.return_values import in_words, state_from_value
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from types import TracebackType

    from tidemill.client.schemas.actions import StateCreate
    from tidemill.results import ResultStore

R = TypeVar("R")

__all__ = [
    "AwaitingConcurrencySlot",
    "AwaitingRetry",
    "Cancelled",
    "Cancelling",
    "Completed",
    "Crashed",
    "Failed",
    "InfrastructurePending",
    "Late",
    "Paused",
    "Pending",
    "Retrying",
    "Running",
    "Scheduled",
    "State",
    "StateDetails",
    "StateGroup",
    "StateType",
    "Submitting",
    "Suspended",
    "aget_state_exception",
    "araise_state_exception",
    "exception_to_crashed_state",
    "exception_to_failed_state",
    "format_exception",
    "get_state_exception",
    "get_state_result",
    "is_state_iterable",
    "raise_state_exception",
    "return_value_to_state",
    "to_state_create",
]

_clock = SystemClock()


def _make(cls: type[State[Any]], kind: StateType, name: str | None = None, **fields: Any) -> State[Any]:
    fields.setdefault("timestamp_us", _clock.now_us())
    if fields.get("state_details") is not None:
        fields["state_details"] = _details_of(fields)
    return cls(type=kind, name=fields.pop("name", None) or name, **fields)


def _details_of(fields: dict[str, Any]) -> StateDetails:
    """The details that were given, which may be a dict; the caller's are left as they are."""
    given = fields.pop("state_details", None) or {}
    return StateDetails(**given) if isinstance(given, dict) else copy(given)


def _make_scheduled(
    cls: type[State[Any]], name: str | None, scheduled_time: datetime | None, fields: dict[str, Any]
) -> State[Any]:
    now = fields.setdefault("timestamp_us", _clock.now_us())
    details = _details_of(fields)
    if scheduled_time is not None and details.scheduled_time is not None:
        raise ValueError("expected the scheduled time once: as an argument or in state_details, not both")
    if details.scheduled_time is None:
        details.scheduled_time = scheduled_time or from_us(now)
    return _make(cls, StateType.SCHEDULED, name, state_details=details, **fields)


def Scheduled(cls: type[State[R]] = State, scheduled_time: datetime | None = None, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that is to start at ``scheduled_time`` (default: now)."""
    return _make_scheduled(cls, None, scheduled_time, kwargs)


def Late(cls: type[State[R]] = State, scheduled_time: datetime | None = None, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a scheduled run whose time has passed and that nobody has picked up."""
    return _make_scheduled(cls, "Late", scheduled_time, kwargs)


def AwaitingRetry(cls: type[State[R]] = State, scheduled_time: datetime | None = None, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that failed and is tried again at ``scheduled_time``."""
    return _make_scheduled(cls, "AwaitingRetry", scheduled_time, kwargs)


def AwaitingConcurrencySlot(  # noqa: N802
    cls: type[State[R]] = State, scheduled_time: datetime | None = None, **kwargs: Any
) -> State[R]:
    """A state for a run that may start once a concurrency slot is free."""
    return _make_scheduled(cls, "AwaitingConcurrencySlot", scheduled_time, kwargs)


def Pending(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that is about to start."""
    return _make(cls, StateType.PENDING, **kwargs)


def Submitting(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that is being handed to its infrastructure."""
    return _make(cls, StateType.PENDING, "Submitting", **kwargs)


def InfrastructurePending(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run whose infrastructure is starting."""
    return _make(cls, StateType.PENDING, "InfrastructurePending", **kwargs)


def Running(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run in progress."""
    return _make(cls, StateType.RUNNING, **kwargs)


def Retrying(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run in progress that has failed before."""
    return _make(cls, StateType.RUNNING, "Retrying", **kwargs)


def Completed(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that ended well; ``data`` is its value."""
    return _make(cls, StateType.COMPLETED, **kwargs)


def Failed(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that its own code failed; ``data`` may be the exception."""
    return _make(cls, StateType.FAILED, **kwargs)


def Crashed(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that something outside its code ended."""
    return _make(cls, StateType.CRASHED, **kwargs)


def Cancelling(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that was asked to end."""
    return _make(cls, StateType.CANCELLING, **kwargs)


def Cancelled(cls: type[State[R]] = State, **kwargs: Any) -> State[R]:  # noqa: N802
    """A state for a run that ended because it was asked to."""
    return _make(cls, StateType.CANCELLED, **kwargs)


def Paused(  # noqa: N802
    cls: type[State[R]] = State,
    timeout_seconds: int | None = None,
    pause_expiration_time: datetime | None = None,
    reschedule: bool = False,
    pause_key: str | None = None,
    **kwargs: Any,
) -> State[R]:
    """A state for a run that waits to be resumed.

    It waits ``timeout_seconds``, or until ``pause_expiration_time``; give one of them, or neither to wait for ever.
    """
    if timeout_seconds is not None and pause_expiration_time is not None:
        raise ValueError("expected timeout_seconds or pause_expiration_time, got both")
    details = _details_of(kwargs)
    if timeout_seconds is not None:
        pause_expiration_time = from_us(_clock.now_us()) + timedelta(seconds=timeout_seconds)
    if pause_expiration_time is not None:
        details.pause_timeout = pause_expiration_time.astimezone(UTC)
    details.pause_reschedule = reschedule
    details.pause_key = pause_key
    return _make(cls, StateType.PAUSED, kwargs.pop("name", None), state_details=details, **kwargs)


def Suspended(  # noqa: N802
    cls: type[State[R]] = State,
    timeout_seconds: int | None = None,
    pause_expiration_time: datetime | None = None,
    pause_key: str | None = None,
    **kwargs: Any,
) -> State[R]:
    """A state for a run that gave up its process and waits to be resumed in another; see ``Paused``."""
    return Paused(cls, timeout_seconds, pause_expiration_time, True, pause_key, **({"name": "Suspended"} | kwargs))


class StateGroup:
    """Several states, judged together."""

    def __init__(self, states: list[State[Any]]) -> None:
        self.states = states
        self.type_counts = Counter(state.type for state in states)
        self.total_count = len(states)
        self.cancelled_count = self.type_counts[StateType.CANCELLED]
        self.paused_count = self.type_counts[StateType.PAUSED]
        self.final_count = sum(state.is_final() for state in states)
        self.not_final_count = sum(not state.is_final() for state in states)

    @property
    def fail_count(self) -> int:
        """How many failed or crashed."""
        return self.type_counts[StateType.FAILED] + self.type_counts[StateType.CRASHED]

    def all_completed(self) -> bool:
        """Whether every one completed."""
        return self.type_counts[StateType.COMPLETED] == self.total_count

    def any_cancelled(self) -> bool:
        """Whether one was cancelled."""
        return self.type_counts[StateType.CANCELLED] > 0

    def any_failed(self) -> bool:
        """Whether one failed or crashed."""
        return self.fail_count > 0

    def any_paused(self) -> bool:
        """Whether one is paused."""
        return self.type_counts[StateType.PAUSED] > 0

    def all_final(self) -> bool:
        """Whether nothing more happens to any."""
        return self.not_final_count == 0

    def counts_message(self) -> str:
        """Counts by kind, for people."""
        parts = [f"total={self.total_count}"]
        parts += [f"{kind.value}={count}" for kind, count in sorted(self.type_counts.items())]
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"StateGroup<{self.counts_message()}>"


def is_state_iterable(obj: Any) -> TypeGuard[Iterable[State[Any]]]:
    """Whether a value is a non-empty list, tuple or set of nothing but states."""
    return are_states(obj)


async def get_state_result(state: State[R], raise_on_failure: bool = True, retry_result_failure: bool = True) -> R:
    """A final state's value; see ``State.result``."""
    return await state.aresult(raise_on_failure, retry_result_failure)


def get_state_exception(state: State[Any]) -> BaseException:
    """The exception that a failed, crashed or cancelled state stands for."""
    return exception_of(state)


async def aget_state_exception(state: State[Any]) -> BaseException:
    """The exception that a failed, crashed or cancelled state stands for."""
    return exception_of(state)


def raise_state_exception(state: State[Any]) -> None:
    """Raise what a bad state stands for; nothing happens for other states."""
    if state.is_failed() or state.is_crashed() or state.is_cancelled():
        raise exception_of(state)


async def araise_state_exception(state: State[Any]) -> None:
    """Raise what a bad state stands for; nothing happens for other states."""
    raise_state_exception(state)


def format_exception(exc: BaseException, tb: TracebackType | None = None) -> str:
    """An exception with its traceback, as Python prints it."""
    return "".join(traceback.format_exception(type(exc), exc, tb or exc.__traceback__)).rstrip()


async def exception_to_crashed_state(exc: BaseException, result_store: Any = None) -> State[Any]:  # noqa: ARG001
    """The Crashed state for something outside the run's code that ended it."""
    return Crashed(message=f"The run was stopped by {in_words(exc)}", data=exc)


async def exception_to_failed_state(
    exc: BaseException | None = None,
    result_store: ResultStore | None = None,
    write_result: bool = False,
    **kwargs: Any,
) -> State[BaseException]:
    """The Failed state for an exception, by default the one being handled; ``message`` is put before what it says.

    With ``write_result`` the exception is written to the store too. Raises what writing raises.
    """
    import sys  # noqa: PLC0415

    error = exc or sys.exception()
    if error is None:
        raise ValueError("expected an exception, or to be called while one is handled")
    before = kwargs.pop("message", None)
    if write_result and result_store is not None:
        await result_store.awrite(error)
    return Failed(message=f"{before or 'The run raised'} {in_words(error)}", data=error, **kwargs)


def to_state_create(state: State[Any]) -> StateCreate:
    """A state as it is proposed to a server: without its value, which stays here."""
    from tidemill.client.schemas.actions import StateCreate  # noqa: PLC0415 - only clients of a server need it
    from tidemill.client.schemas.shape import proposal_of  # noqa: PLC0415 - as above

    return StateCreate.model_validate(proposal_of(state))


async def return_value_to_state(
    retval: Any,
    result_store: ResultStore,
    key: str | None = None,
    expiration: datetime | None = None,
    write_result: bool = False,
) -> State[Any]:
    """The state that a run with this return value ends in.

    A state is itself, several states are judged together, anything else completed; futures among it are the states they
    ended in. With ``write_result`` the value, of a state its data, is written to the store under ``key`` or a fresh
    one, and counts until ``expiration``. Raises what writing raises.
    """
    for future in find_futures(retval):
        await future.wait_async()  # type: ignore[attr-defined]  # every future that users see has it
    state = state_from_value(retval, _clock.now_us())
    if write_result:
        await result_store.awrite(state.data, key, expiration)
    return state
