"""What a state is worth: its value, or the exception it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from tidemill.exceptions import CancelledRun, CrashedRun, FailedRun, MissingResult, PausedRun, UnfinishedRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.states import State

_UNFINISHED = frozenset({"SCHEDULED", "PENDING", "RUNNING", "CANCELLING"})
_BAD = frozenset({"FAILED", "CRASHED", "CANCELLED"})


class Handle:
    """A value that is somewhere else until somebody asks for it.

    No ``ABC``, whose ``isinstance`` is written in Python: every task run asks twice.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def get(self) -> Any:
            """Fetch the value."""


def value_of(state: State[Any]) -> Any:
    """A state's data, fetched if it is not at hand."""
    data = state.data
    return data.get() if isinstance(data, Handle) else data


def are_states(value: Any) -> TypeGuard[Iterable[State[Any]]]:
    """Whether a value is a non-empty list, tuple or set of nothing but states."""
    from tidemill.domain.states import State  # noqa: PLC0415 - State offers these functions as methods

    return isinstance(value, list | tuple | set) and bool(value) and all(isinstance(item, State) for item in value)


def exception_of(state: State[Any]) -> BaseException:
    """The exception that a failed, crashed or cancelled state stands for.

    Raises ``ValueError`` for other states. Where the data is no exception, one is made of what the state says; of
    several states, the first bad one speaks.
    """
    kind = {"FAILED": FailedRun, "CRASHED": CrashedRun, "CANCELLED": CancelledRun}.get(state.type)
    if kind is None:
        raise ValueError(f"expected a failed, crashed or cancelled state, got {state!r}")
    from tidemill.domain.states import State  # noqa: PLC0415 - as above

    data = value_of(state)
    if isinstance(data, BaseException):
        return data
    if are_states(data):
        for inner in data:
            if inner.type in _BAD:
                return exception_of(inner)
    if isinstance(data, State):
        return exception_of(data)
    if isinstance(data, str):
        return kind(data)
    return kind(state.message or f"The run ended as {state.name}.")


def result_of(state: State[Any], *, raise_on_failure: bool = True) -> Any:
    """A final state's value.

    A bad state raises what it stands for, or returns it when ``raise_on_failure`` is false. A state that is not final
    raises ``UnfinishedRun`` (``PausedRun`` when paused).
    """
    if state.type == "COMPLETED":
        return value_of(state)
    if state.type == "PAUSED":
        raise PausedRun("The run is paused: it has no result yet.", state=state)
    if state.type in _UNFINISHED:
        raise UnfinishedRun(
            f"The run is {state.name}: it has no result{f' ({state.message})' if state.message else ''}."
        )
    error = exception_of(state)
    if raise_on_failure:
        raise error
    value = value_of(state)
    return error if value is None else value


def missing_result(run: str) -> MissingResult:
    """What to raise where a run completed and its value was not kept."""
    return MissingResult(
        f"The result of {run} was not kept. Small results are kept by default; for larger ones set persist_result=True."
    )
