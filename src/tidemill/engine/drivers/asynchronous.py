"""The driver that waits on the event loop."""

from __future__ import annotations

import asyncio
import inspect
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.engine import context as contexts
from tidemill.engine.cancelling import loop_blocked_here
from tidemill.engine.deadlines import loop_watched
from tidemill.engine.drivers import sync
from tidemill.engine.effects import Attend, Block, Call, Invoke, Outcome, Record, Sleep, WaitFor
from tidemill.engine.signals import RunTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tidemill.engine.context import RunContext
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
                    answer = await PERFORM[kind](effect, runtime)
            except BaseException as error:  # noqa: BLE001 - the steps say what becomes of a run that is interrupted
                effect = steps.throw(error)
            else:
                effect = send(answer)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        steps.close()  # where it was broken off: what the steps hold is let go of now, not when it is collected


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
        return await within(timeout, returned, context)
    except GeneratorExit:  # closed unfinished: there is no loop left to go on with
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the user's code raises is its outcome
        return Outcome(raised=error)
    finally:
        contexts.leave(token)


async def within(timeout: float, awaitable: Awaitable[Any], context: RunContext) -> Outcome[Any]:
    """What came of awaiting the body of a run for ``timeout`` seconds at most."""
    loop, limit = asyncio.get_running_loop(), asyncio.timeout(timeout)
    began = loop.time()
    try:
        with loop_watched(timeout, context, limit.expired):
            async with limit:
                returned = Outcome(await awaitable)
    except Exception as error:  # noqa: BLE001 - as in _call
        returned = Outcome(raised=error)
    if not limit.expired() and loop.time() - began <= timeout:
        return returned
    overdue = RunTimeoutError(f"longer than {timeout:g} s")
    if not isinstance(returned.raised, TimeoutError):
        overdue.__cause__ = returned.raised  # of what was put in order on the way out
    return Outcome(raised=overdue)


class Whereabouts:
    """Which task of which loop a run's code is in, so that it can be cancelled there."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._cancelled: list[asyncio.Task[Any]] = []
        self._nudge = loop_blocked_here()
        self._asked = False

    async def attend(self, effect: Attend, _runtime: Runtime) -> None:
        """Say to the watch how the run can be interrupted."""
        watch = effect.watch

        def unless_over() -> None:
            if not watch.over:
                self._cancel()

        def interrupt() -> None:
            if self._asked:  # a beat ago: the run's own code may be what keeps the loop from it
                self._nudge()
            self._asked = True
            self._loop.call_soon_threadsafe(unless_over)

        watch.begin(interrupt, self._withdraw)

    def in_this_task(self) -> None:
        """The run's code goes on here."""
        self._task = asyncio.current_task()

    def elsewhere(self) -> None:
        """The code of whoever takes the run's items goes on; that is not to be cancelled."""
        self._task = None

    def _cancel(self) -> None:
        if self._task is not None and self._task.cancel("the flow run is being cancelled"):
            self._cancelled.append(self._task)

    def _withdraw(self) -> None:
        """What goes on after the run, in the same task, is not cancelled."""
        for task in self._cancelled:
            task.uncancel()


async def _attend(effect: Attend, runtime: Runtime) -> None:
    await Whereabouts().attend(effect, runtime)


async def _invoke(effect: Invoke, _runtime: Runtime) -> Outcome[Any]:
    try:
        value = effect.function(*effect.args)
        return Outcome(await value if inspect.isawaitable(value) else value)
    except Exception as error:  # noqa: BLE001 - the steps decide what an error means
        return Outcome(raised=error)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return Outcome(raised=error)  # its own: nobody cancels this task


async def _sleep(effect: Sleep, runtime: Runtime) -> None:
    await runtime.clock.asleep(effect.seconds)


async def _wait_for(effect: WaitFor, runtime: Runtime) -> None:
    until = None if effect.seconds is None else runtime.clock.monotonic() + effect.seconds
    for future in effect.futures:
        await future.wait_async(None if until is None else max(until - runtime.clock.monotonic(), 0))


async def _block(effect: Block, _runtime: Runtime) -> Outcome[Any]:
    return await asyncio.to_thread(sync.outcome_of, effect.function, *effect.args)


#: How each effect is performed.
PERFORM: dict[type, Callable[[Any, Runtime], Awaitable[Any]]] = {
    Record: _record,
    Call: _call,
    Attend: _attend,
    Invoke: _invoke,
    Sleep: _sleep,
    WaitFor: _wait_for,
    Block: _block,
}
