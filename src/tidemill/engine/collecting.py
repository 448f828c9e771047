"""A generator whose items nobody takes as they come (submitted, resumed, asked for its state): they are its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.states import State
from tidemill.engine.effects import Call

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from tidemill.engine.effects import Steps


def collecting(steps: Steps[State[Any]], *, isasync: bool) -> Steps[State[Any]]:
    """The same steps, with a body that gives the list of its items."""
    try:
        effect = steps.send(None)
        while True:
            if type(effect) is Call:
                items_of = _async_items_of if isasync else _items_of
                effect = effect._replace(function=items_of(effect.function))
            try:
                answer = yield effect
            except BaseException as error:  # noqa: BLE001 - the steps say what becomes of a run that is interrupted
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # what the steps return


def _items_of(function: Callable[..., Generator[Any, Any, Any]]) -> Callable[..., Any]:
    def items(*args: Any, **kwargs: Any) -> Any:
        found: list[Any] = []
        returned = _take_all(function(*args, **kwargs), found)
        return returned if isinstance(returned, State) and not returned.is_completed() else found

    return items


def _take_all(body: Generator[Any, Any, Any], into: list[Any]) -> Any:
    """Take all items of a generator; gives what it returns, which may be a state that says how it went."""
    while True:
        try:
            into.append(next(body))
        except StopIteration as stop:
            return stop.value


def _async_items_of(function: Callable[..., AsyncGenerator[Any, Any]]) -> Callable[..., Any]:
    async def items(*args: Any, **kwargs: Any) -> list[Any]:
        return [item async for item in function(*args, **kwargs)]

    return items
