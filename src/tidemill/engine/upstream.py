"""Values of futures and states that were passed to a call, or the reason why the call cannot run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.states import State, StateType
from tidemill.domain.values import value_of
from tidemill.engine.inputs import Future

if TYPE_CHECKING:
    from collections.abc import Iterable


class NotReadyError(Exception):
    """An upstream run did not complete, and the argument was not marked ``allow_failure``."""


class _Resolver:
    """Swaps finished futures and states for their values."""

    def __call__(self, thing: Future | State[Any], forgiving: bool) -> Any:
        """The value; under ``allow_failure`` what failed gives its exception."""
        state = thing.final_state() if isinstance(thing, Future) else thing
        if state.type is not StateType.COMPLETED and not forgiving:
            raise NotReadyError(_reason(thing, state))
        try:
            return value_of(state)
        except Exception as error:
            if forgiving:
                return error
            raise NotReadyError(f"{_named(thing)} has a value that cannot be had: {error}") from error

    def check(self, wait_for: Iterable[Future]) -> None:
        """Refuse where a run that was only waited for did not complete."""
        for future in wait_for:
            state = future.final_state()
            if state.type is not StateType.COMPLETED:
                raise NotReadyError(_reason(future, state))


def _reason(thing: Future | State[Any], state: State[Any]) -> str:
    said = f": {state.message}" if state.message else ""
    return f"{_named(thing)} ended as {state.name}, not Completed{said}"


def _named(thing: Future | State[Any]) -> str:
    if isinstance(thing, Future):
        return f"Upstream {thing.input_type.replace('_', ' ')} {thing.run_id}"
    return "A state passed as an argument"


resolver = _Resolver()
