"""One logic for sync and async callers: a generator asks for what it needs, and a driver calls or awaits it.

``answer = yield Ask(store, "write", value)``: the sync driver calls ``store.write``, and runs what comes back where
that is awaitable; the async driver awaits ``store.awrite``, or ``store.write`` where there is no such twin.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")


class Ask(NamedTuple):
    """A wish for one call: the method ``verb`` of ``target``; ``async_verb`` where its twin is not ``a`` + verb."""

    target: Any
    verb: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never changed
    async_verb: str | None = None


Asking: TypeAlias = Generator[Ask, Any, T]


def drive(logic: Asking[T]) -> T:
    """Perform what the logic asks for, in this thread."""
    try:
        _performed(logic, _called).send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # the logic's own
    raise AssertionError("what is called in this thread suspends nobody")


async def adrive(logic: Asking[T]) -> T:
    """Perform what the logic asks for, awaiting what can be awaited."""
    return await _performed(logic, _awaited)


async def _performed(logic: Asking[T], perform: Callable[[Ask], Awaitable[Any]]) -> T:
    answer: Any = None
    error: BaseException | None = None
    while True:
        try:
            ask = logic.send(answer) if error is None else logic.throw(error)
        except StopIteration as done:
            error = None  # its traceback knows this frame, and with it everything the callers hold
            return done.value  # type: ignore[no-any-return]  # the generator's own return type
        answer, error = None, None
        try:
            answer = await perform(ask)
        except BaseException as caught:  # noqa: BLE001 - it belongs to the logic, which decides
            error = caught


async def _called(ask: Ask) -> Any:
    answer = getattr(ask.target, ask.verb)(*ask.arguments, **ask.options)
    return run_awaitable(answer) if hasattr(answer, "__await__") else answer


async def _awaited(ask: Ask) -> Any:
    method = getattr(ask.target, ask.async_verb or f"a{ask.verb}", None) or getattr(ask.target, ask.verb)
    answer = method(*ask.arguments, **ask.options)
    return await answer if hasattr(answer, "__await__") else answer


async def awaited(awaitable: Awaitable[T]) -> T:
    """Any awaitable as a coroutine, which is what loops run."""
    return await awaitable


def run_awaitable(awaitable: Awaitable[T]) -> T:
    """The value of an awaitable, for a caller that cannot await: on a loop of its own, in its own thread if need be."""
    import asyncio  # noqa: PLC0415 - sync programs do without it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(awaited(awaitable))
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.extend((True, asyncio.run(awaited(awaitable))))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            outcome.extend((False, error))

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="tidemill-await")
    thread.start()
    thread.join()
    good, value = outcome
    if good:
        return value  # type: ignore[no-any-return]  # what it gave
    raise value
