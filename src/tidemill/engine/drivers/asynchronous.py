"""The driver that waits on the event loop."""

from __future__ import annotations

import asyncio
import inspect
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.engine import context as contexts
from tidemill.engine.drivers import sync
from tidemill.engine.effects import Attend, Block, Call, Invoke, Outcome, Record, Sleep, WaitFor, unwrap
from tidemill.engine.signals import RunTimeoutError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from tidemill.engine.cancelling import Watch
    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

T = TypeVar("T")


async def drive(steps: Steps[T], runtime: Runtime) -> T:
    """Perform what the steps ask for, without holding up the loop, until they return."""
    send = steps.send
    answer: Any = None
    try:
        effect = send(None)
        while True:
            kind = type(effect)
            try:
                if kind is Record and not runtime.waits_for_disk:
                    answer = runtime.record(effect.entry)  # type: ignore[union-attr]  # narrowed by kind
                else:
                    answer = await _PERFORM[kind](effect, runtime)
            except BaseException as error:  # noqa: BLE001 - the steps say what becomes of a run that is interrupted
                effect = steps.throw(error)
            else:
                effect = send(answer)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        steps.close()  # where it was broken off: what the steps hold is let go of now, not when it is collected


async def drive_iterating(steps: Steps[Any], runtime: Runtime) -> AsyncGenerator[Any, Any]:
    """As ``drive``, for an async generator function: what the body yields is yielded on as it comes."""
    answer: Any = None
    try:
        effect = steps.send(None)
        while True:
            if type(effect) is Call:
                answer = None
                body = effect.function(*effect.args, **effect.kwargs)
                left = effect.timeout
                while answer is None:
                    before = runtime.clock.monotonic()
                    item, answer = await _next(effect, body, left)
                    if left is not None:
                        left -= runtime.clock.monotonic() - before
                    if answer is None:
                        try:
                            yield item
                        except GeneratorExit:
                            # Whoever took its items has had enough: the run is over, and nothing went wrong.
                            answer = await _closing(body)
                effect = steps.send(answer)
                continue
            try:
                answer = await _PERFORM[type(effect)](effect, runtime)
            except BaseException as error:  # noqa: BLE001 - as in drive
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration:
        return


async def _next(effect: Call, body: AsyncGenerator[Any, Any], left: float | None) -> tuple[Any, Outcome[Any] | None]:
    """What a generator body yields next, within its context, or its outcome."""
    token = contexts.enter(effect.context)
    try:
        if left is None:
            return await anext(body), None
        return unwrap(await _within(left, anext(body))), None
    except StopAsyncIteration:
        return None, Outcome(None)
    except BaseException as error:  # noqa: BLE001 - whatever the user's code raises is its outcome
        return None, Outcome(raised=error)
    finally:
        contexts.leave(token)


async def _closing(body: AsyncGenerator[Any, Any]) -> Outcome[Any]:
    try:
        await body.aclose()
    except BaseException as error:  # noqa: BLE001 - as in _next
        return Outcome(raised=error)
    return Outcome(None)


async def _record(effect: Record, runtime: Runtime) -> int:
    return await asyncio.to_thread(sync.record, effect, runtime)


async def _call(effect: Call, _runtime: Runtime) -> Outcome[Any]:
    context, function, args, kwargs, timeout = effect
    token = contexts.enter(context)
    try:
        returned = function(*args, **kwargs)
        if type(returned) is not CoroutineType and not inspect.isawaitable(returned):
            return Outcome(returned)
        if timeout is None:
            return Outcome(await returned)
        return await _within(timeout, returned)
    except GeneratorExit:  # closed unfinished: there is no loop left to go on with
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the user's code raises is its outcome
        return Outcome(raised=error)
    finally:
        contexts.leave(token)


async def _within(timeout: float, awaitable: Awaitable[Any]) -> Outcome[Any]:
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            returned = Outcome(await awaitable)
    except Exception as error:  # noqa: BLE001 - as in _call
        returned = Outcome(raised=error)
    if not limit.expired():
        return returned
    overdue = RunTimeoutError(f"longer than {timeout:g} s")
    if not isinstance(returned.raised, TimeoutError):
        overdue.__cause__ = returned.raised  # of what was put in order on the way out
    return Outcome(raised=overdue)


async def _attend(effect: Attend, _runtime: Runtime) -> None:
    """The run's code is in this task of this loop."""
    loop, task, watch = asyncio.get_running_loop(), asyncio.current_task(), effect.watch
    assert task is not None
    cancelled: list[bool] = []

    def cancel() -> None:
        cancelled.append(task.cancel("the flow run is being cancelled"))

    def withdraw() -> None:
        """What goes on after the run, in the same task, is not cancelled."""
        for _ in cancelled:
            task.uncancel()

    watch.begin(lambda: loop.call_soon_threadsafe(_unless_over, watch, cancel), withdraw)


def _unless_over(watch: Watch, cancel: Callable[[], None]) -> None:
    if not watch.over:
        cancel()


async def _invoke(effect: Invoke, _runtime: Runtime) -> Outcome[Any]:
    try:
        value = effect.function(*effect.args)
        return Outcome(await value if inspect.isawaitable(value) else value)
    except Exception as error:  # noqa: BLE001 - the steps decide what an error means
        return Outcome(raised=error)


async def _sleep(effect: Sleep, runtime: Runtime) -> None:
    await runtime.clock.asleep(effect.seconds)


async def _wait_for(effect: WaitFor, runtime: Runtime) -> None:
    until = None if effect.seconds is None else runtime.clock.monotonic() + effect.seconds
    for future in effect.futures:
        await future.wait_async(None if until is None else max(until - runtime.clock.monotonic(), 0))


async def _block(effect: Block, _runtime: Runtime) -> Outcome[Any]:
    return await asyncio.to_thread(sync.outcome_of, effect.function, *effect.args)


_PERFORM: dict[type, Callable[[Any, Runtime], Awaitable[Any]]] = {
    Record: _record,
    Call: _call,
    Attend: _attend,
    Invoke: _invoke,
    Sleep: _sleep,
    WaitFor: _wait_for,
    Block: _block,
}
