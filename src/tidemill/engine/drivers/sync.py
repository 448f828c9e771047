"""The driver that waits with its thread."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from tidemill.domain.values import result_of
from tidemill.engine import context as contexts
from tidemill.engine.cancelling import attend_thread, interruption_in
from tidemill.engine.deadlines import SpentTime, deadline
from tidemill.engine.effects import Attend, Block, Call, Invoke, Outcome, Record, Sleep, WaitFor
from tidemill.system import asking
from tidemill.system.asking import awaited

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tidemill.engine.effects import Effect, Steps
    from tidemill.engine.runtime import Runtime

T = TypeVar("T")


def drive(steps: Steps[T], runtime: Runtime) -> T:
    """Perform what the steps ask for, in this thread, until they return."""
    send = steps.send
    answer: Any = None
    try:
        effect = send(None)
        while True:
            try:
                answer = _PERFORM[type(effect)](effect, runtime)
            except BaseException as error:  # noqa: BLE001 - the steps say what becomes of a run that is interrupted
                effect = steps.throw(error)
            else:
                effect = send(answer)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        steps.close()  # where it was broken off: what the steps hold is let go of now, not when it is collected


def drive_iterating(
    steps: Steps[T], runtime: Runtime, ended: Callable[[T], Any], begun: Callable[[], object] = lambda: None
) -> Generator[Any, Any, Any]:
    """As ``drive``, for a body that is a generator function: what the body yields is yielded on as it comes.

    What ``ended`` makes of the outcome is returned, and what it raises is raised, to whoever closes it too. Before each
    attempt ``begun`` is called.
    """
    called = False
    answer: Any = None
    try:
        effect = steps.send(None)
        while True:
            try:
                if type(effect) is Call:
                    called = True
                    begun()
                    answer = yield from _iterate(effect)
                elif type(effect) is Attend:
                    effect.watch.begin(_nothing, _nothing)  # the thread is its consumer's: see _iterate
                    answer = None
                else:
                    answer = _PERFORM[type(effect)](effect, runtime)
            except GeneratorExit:
                # Whoever took its items has had enough: the run is over, and nothing went wrong.
                effect = steps.send(Outcome(None))
            except BaseException as error:  # noqa: BLE001 - as in drive
                effect = steps.send(Outcome(raised=error)) if type(effect) is Call else steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as stop:
        value: T = stop.value
    if not called:
        yield from recalled_items(value)
    return ended(value)


def recalled_items(state: Any) -> list[Any]:
    """The items of a generator whose value, which they are, was kept when nobody took them as they came."""
    value = result_of(state, raise_on_failure=False) if state.is_completed() else None
    return value if isinstance(value, list) else []


def record(effect: Record, runtime: Runtime) -> int:
    """Append the entry, and wait for the disk where that was chosen."""
    seq = runtime.record(effect.entry)
    if runtime.waits_for_disk:
        runtime.recorder.wait_durable(seq)
    return seq


def _call(effect: Call, _runtime: Runtime) -> Outcome[Any]:
    context, function, args, kwargs, timeout = effect
    token = contexts.enter(context)
    try:
        if timeout is None:
            return Outcome(function(*args, **kwargs))
        with deadline(timeout, context):
            return Outcome(function(*args, **kwargs))
    except BaseException as error:  # noqa: BLE001 - whatever the user's code raises is its outcome
        return Outcome(raised=error)
    finally:
        contexts.leave(token)


def _iterate(effect: Call) -> Generator[Any, Any, Outcome[Any]]:
    """Run a generator body, inside its context only while it runs."""
    context, function, args, kwargs, timeout = effect
    limit = SpentTime(timeout, context)
    body = function(*args, **kwargs)
    go_on, given = body.send, None
    while True:
        token = contexts.enter(context)
        try:
            with limit.watched():
                cause = interruption_in(context)
                item = go_on(given) if cause is None else body.throw(cause)
        except StopIteration as stop:
            return Outcome(stop.value)
        except BaseException as error:  # noqa: BLE001 - as in _call
            return Outcome(raised=error)
        finally:
            contexts.leave(token)
        try:
            go_on, given = body.send, (yield item)
        except GeneratorExit:
            token = contexts.enter(context)
            try:
                body.close()
            finally:
                contexts.leave(token)
            raise
        except BaseException as error:  # noqa: BLE001 - thrown in by whoever takes the items: the body's to deal with
            go_on, given = body.throw, error


def outcome_of(function: Callable[..., Any], *args: Any) -> Outcome[Any]:
    """Call a function and catch what it raises."""
    try:
        return Outcome(function(*args))
    except Exception as error:  # noqa: BLE001 - the steps decide what an error means
        return Outcome(raised=error)


def _nothing() -> None:
    """Nobody is to be interrupted: the code looks by itself."""


def _attend(effect: Attend, _runtime: Runtime) -> None:
    attend_thread(effect.watch)


def _invoke(effect: Invoke, _runtime: Runtime) -> Outcome[Any]:
    try:
        outcome = outcome_of(effect.function, *effect.args)
    except BaseException as error:
        if type(error).__name__ != "CancelledError":
            raise
        return Outcome(raised=error)  # its own: there is no loop here that could be told to cancel it
    if inspect.isawaitable(outcome.value):
        return outcome_of(run_awaitable, outcome.value)
    return outcome


def run_awaitable(awaitable: Any) -> Any:
    """Run an awaitable to its end from synchronous code: on the loop of a pool's thread, where that is free."""
    import asyncio  # noqa: PLC0415 - sync flows never load it

    from tidemill.engine.drivers.loops import loop_of_thread  # noqa: PLC0415 - as above

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        loop = loop_of_thread()
        if loop is not None:
            return loop.run(awaited(awaitable))
    return asking.run_awaitable(awaitable)


def _sleep(effect: Sleep, runtime: Runtime) -> None:
    runtime.clock.sleep(effect.seconds)


def _wait_for(effect: WaitFor, runtime: Runtime) -> None:
    if effect.seconds is None:
        for future in effect.futures:
            future.wait()
        return
    until = runtime.clock.monotonic() + effect.seconds
    for future in effect.futures:
        future.wait(max(until - runtime.clock.monotonic(), 0))


def _block(effect: Block, _runtime: Runtime) -> Outcome[Any]:
    return outcome_of(effect.function, *effect.args)


_PERFORM: dict[type, Callable[[Any, Runtime], Any]] = {
    Record: record,
    Call: _call,
    Attend: _attend,
    Invoke: _invoke,
    Sleep: _sleep,
    WaitFor: _wait_for,
    Block: _block,
}


def perform(effect: Effect, runtime: Runtime) -> Any:
    """Perform one effect."""
    return _PERFORM[type(effect)](effect, runtime)
