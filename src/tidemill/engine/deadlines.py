"""Stopping synchronous code that takes too long.

In the main thread a POSIX timer signal interrupts Python code and the system calls that wait (``time.sleep``, sockets,
locks). In other threads the exception is planted in the thread and takes effect at its next Python instruction, so a C
call that never returns holds it up; what must be stopped even then belongs into a process of its own
(``ProcessPoolTaskRunner``).

Deadlines nest. Each raises a class of its own, so that a run within a run that is overdue does not take the other's
deadline for its own: it is stopped by it, and the exception goes on to where it belongs.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tidemill.engine.signals import Overdue, RunTimeoutError
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_monotonic: Final = SystemClock().monotonic
_AT_ONCE: Final = 1e-6


class _Deadline:
    """A moment, and the exception that says it has passed."""

    def __init__(self, seconds: float) -> None:
        self.moment = _monotonic() + seconds
        self.overdue: type[Overdue] = type("Overdue", (Overdue,), {})


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise ``RunTimeoutError`` once the code of the block has run for ``seconds``."""
    own = _Deadline(seconds)
    in_main_thread = threading.current_thread() is threading.main_thread()
    try:
        with _by_signal(own) if in_main_thread and hasattr(signal, "setitimer") else _by_planting(own, seconds):
            yield
    except own.overdue:
        raise RunTimeoutError(f"longer than {seconds:g} s") from None


_nested: Final[list[_Deadline]] = []


@contextmanager
def _by_signal(own: _Deadline) -> Iterator[None]:
    previous = signal.signal(signal.SIGALRM, _expired)
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    # a timer that is not one of ours counts on for whoever set it
    foreign = _monotonic() + left if left and not _nested else None
    _nested.append(own)
    _arm()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _nested.remove(own)
        signal.signal(signal.SIGALRM, previous)
        if foreign is not None:
            signal.setitimer(signal.ITIMER_REAL, max(foreign - _monotonic(), _AT_ONCE))
        else:
            _arm()


def _arm() -> None:
    if _nested:
        soonest = min(each.moment for each in _nested)
        signal.setitimer(signal.ITIMER_REAL, max(soonest - _monotonic(), _AT_ONCE))


def _expired(_number: int, _frame: FrameType | None) -> None:
    now = _monotonic()
    for each in _nested:  # the outermost first: it takes those within along
        if each.moment <= now:
            raise each.overdue
    _arm()


@contextmanager
def _by_planting(own: _Deadline, seconds: float) -> Iterator[None]:
    target = threading.get_ident()
    over = threading.Lock()
    state = {"done": False, "planted": False}

    def expire() -> None:
        with over:
            if not state["done"]:
                state["planted"] = True
                plant(target, own.overdue)

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with over:
            state["done"] = True
            if state["planted"]:  # and maybe not raised yet: it must not hit whoever runs next in this thread
                plant(target, None)
        timer.cancel()


class SpentTime:
    """The time-out of a generator body: only the time it runs counts, not the time its consumer takes."""

    def __init__(self, seconds: float | None) -> None:
        self._left = seconds

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raise ``RunTimeoutError`` once all such blocks together have run for the time given."""
        if self._left is None:
            yield
            return
        began = _monotonic()
        try:
            with deadline(max(self._left, _AT_ONCE)):
                yield
        finally:
            self._left -= _monotonic() - began


def plant(thread: int, error: type[BaseException] | None) -> None:
    """Have a thread raise ``error`` at its next Python instruction; ``None`` takes back what it has not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
