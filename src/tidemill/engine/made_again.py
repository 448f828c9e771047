"""Submitted calls that an earlier attempt completed and whose values were not kept: made again if anybody needs them.

Their futures are done at once, and Completed, as the record says. The call is made when the value is asked for: by the
user's code, by a call that runs and takes it, or as what a flow returns.
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any

from tidemill.domain.states import State
from tidemill.domain.values import Handle, result_of
from tidemill.engine.effects import Block
from tidemill.transactions.base import get_transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tidemill.engine.calls import TaskCall
    from tidemill.engine.effects import Steps
    from tidemill.engine.inputs import Future

logger = logging.getLogger("tidemill.task_runs")


class MadeAgain(Handle):
    """The value of a call that is made when it is asked for, once; its state then says how that ended."""

    __slots__ = ("_make", "_making", "_state")

    def __init__(self, make: Callable[[], Future]) -> None:
        self._make: Callable[[], Future] | None = make
        self._making = Lock()
        self._state: State[Any]

    def completed_before(self, name: str, message: str | None) -> State[Any]:
        """The state that the record gives."""
        self._state = State("COMPLETED", name, message, self)  # type: ignore[arg-type]  # made into a StateType
        return self._state

    def get(self) -> Any:
        """The value. Raises what the call raises this time."""
        with self._making:
            if self._make is not None:
                future = self._make()
                future.wait()  # type: ignore[attr-defined]  # every future of a runner has it
                _become(self._state, future.final_state())
                self._make = None
        return result_of(self._state)


def _become(state: State[Any], other: State[Any]) -> None:
    state.type, state.name, state.message = other.type, other.name, other.message
    state.data, state.timestamp_us = other.data, other.timestamp_us


def completed_before(call: TaskCall, submit: Callable[[], Future]) -> State[Any] | None:
    """The state of a submitted call that need not be made yet; ``None`` for one that must be made now.

    A transaction that is open counts on its tasks: they are made.
    """
    flow = call.flow_context
    if flow is None or flow.recollection is None or get_transaction() is not None or call.task.at_most_once:
        return None
    recalled = flow.recollection.put_off(call.run_id)
    if recalled is None:
        return None
    logger.info(
        "Task run %s had completed, but its result was not kept: it runs again if its value is needed.",
        call.run_id,
        extra={"run_context": flow},
    )
    return MadeAgain(submit).completed_before(recalled.name, recalled.message)


def unmade(futures: Iterable[Future]) -> list[MadeAgain]:
    """The values of these futures, all done, that are still to be made; asking for one waits until it is."""
    values = [future.final_state().data for future in futures]
    return [value for value in values if isinstance(value, MadeAgain)]


def made(futures: Iterable[Future]) -> Steps[None]:
    """Have the values of these futures made: somebody is about to take them. How it went is in their states."""
    for value in unmade(futures):
        yield Block(value.get)
