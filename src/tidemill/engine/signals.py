"""What ends a body from outside: its own time-out, that of a run around it, or a signal to the process.

SIGINT is Python's to raise (KeyboardInterrupt). SIGTERM would end the process where it is; while a root flow runs in
the main thread it ends the run instead, as Crashed, with its record and its logs whole, and then the process with 143.
Between two items of a generator its consumer's code runs, and SIGTERM does what it does there. Who has a handler of
their own for SIGTERM keeps it.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tidemill.engine.context import current
from tidemill.exceptions import Abort, TerminationSignal
from tidemill.system.processes import call_in_forked_child

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Generator, Iterator
    from types import FrameType

T = TypeVar("T")


class RunTimeoutError(TimeoutError):
    """A body took longer than its run may take. A ``TimeoutError`` of the user's own code is not this."""


class Interruption(BaseException):
    """Raised within user code to get out of it; no ``Exception``, so that user code does not take it for its own."""


class Overdue(Interruption):
    """The time of the run that set this deadline is over. Runs within that one are stopped by it."""


class FlowStopped(Interruption):
    """The flow run that a task was submitted from is being stopped."""


class CancelRequested(Abort):
    """Somebody asked for the run to be cancelled, and the run has seen it."""


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_ours_to_handle() -> bool:
    return _in_main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def _exit_code(number: int) -> int:
    return 128 + number


def _raise(number: int, _frame: FrameType | None) -> None:
    raise TerminationSignal(number)


class _InChildren:
    """What a forked child must not inherit of our handling of SIGTERM.

    A pool's worker has to die of it at once: a handler in Python would wait for a worker that waits for a lock. And
    what an event loop is told in a child would reach the parent, whose wake-up socket the child shares.
    """

    def __init__(self) -> None:
        self.handling = False
        call_in_forked_child(self._forget)

    def _forget(self) -> None:
        if self.handling:
            self.handling = False
            _roots.clear()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


_in_children: Final = _InChildren()


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Within the block SIGTERM raises ``TerminationSignal``; what leaves the block is ``SystemExit``."""
    if not _is_ours_to_handle():
        yield
        return
    signal.signal(signal.SIGTERM, _raise)
    _in_children.handling = True
    try:
        yield
    except TerminationSignal as stop:
        raise SystemExit(_exit_code(stop.signal)) from None
    finally:
        _in_children.handling = False
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


_roots: Final[dict[asyncio.Task[Any], bool]] = {}


@contextmanager
def cancelled_by_sigterm() -> Iterator[None]:
    """As ``ended_by_sigterm``, on an event loop: the task that runs the block is cancelled."""
    import asyncio  # noqa: PLC0415 - synchronous programs never load it

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None or task in _roots or not _in_main_thread() or not (_roots or _is_ours_to_handle()):
        yield
        return
    if not _roots:
        with suppress(RuntimeError, ValueError):  # a loop without signals
            loop.add_signal_handler(signal.SIGTERM, _nothing)  # a signal of any kind, however it comes, wakes the loop
        signal.signal(signal.SIGTERM, _end_roots)
        _in_children.handling = True
    _roots[task] = False
    try:
        yield
    except BaseException:
        if _roots.get(task):
            raise SystemExit(_exit_code(signal.SIGTERM)) from None
        raise
    finally:
        _roots.pop(task, None)
        if not _roots:
            _in_children.handling = False
            with suppress(RuntimeError, ValueError):
                loop.remove_signal_handler(signal.SIGTERM)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _nothing() -> None:
    """The loop looks what there is to do."""


def _end_roots(number: int, _frame: FrameType | None) -> None:
    """Cancel them. Code of a run that is at work right now may keep the loop from that, so it is raised there."""
    import asyncio  # noqa: PLC0415 - loaded: there are tasks

    interrupted = asyncio.current_task() if current() is not None else None
    for task in _roots:
        _roots[task] = True
        if task is not interrupted:
            task.cancel("SIGTERM")  # not when the loop comes to it: what it comes to before may block it again
            task.get_loop().call_soon_threadsafe(_nothing)
    if interrupted is not None:
        raise TerminationSignal(number)


def items_ended_by_sigterm(items: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """What a root generator yields, made within ``ended_by_sigterm``; between items the process is the consumer's."""
    go_on, given = items.send, None
    while True:
        try:
            with ended_by_sigterm():
                item = go_on(given)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # what the generator returns
        try:
            go_on, given = items.send, (yield item)
        except GeneratorExit:
            with ended_by_sigterm():
                items.close()
            raise
        except BaseException as error:  # noqa: BLE001 - thrown in: the body's to deal with
            go_on, given = items.throw, error


async def items_cancelled_by_sigterm(items: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
    """As ``items_ended_by_sigterm``, on an event loop."""
    go_on, given = items.asend, None
    while True:
        try:
            with cancelled_by_sigterm():
                item = await go_on(given)
        except StopAsyncIteration:
            return
        try:
            go_on, given = items.asend, (yield item)
        except GeneratorExit:
            with cancelled_by_sigterm():
                await items.aclose()
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            go_on, given = items.athrow, error
