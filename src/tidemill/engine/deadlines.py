"""Stopping synchronous code that takes too long.

In the main thread a POSIX timer signal interrupts Python code and the system calls that wait (``time.sleep``, sockets,
locks). In other threads the exception is planted in the thread and takes effect at its next Python instruction, so a C
call that never returns holds it up; what must be stopped even then belongs into a process of its own
(``ProcessPoolTaskRunner``).

Deadlines nest. Each raises a class of its own, so that a run within a run that is overdue does not take the other's
deadline for its own: it is stopped by it, and the exception goes on to where it belongs.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tidemill.engine.signals import Overdue, RunTimeoutError
from tidemill.system.alarms import has_timer, on_timer, set_timer
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tidemill.engine.context import RunContext

_monotonic: Final = SystemClock().monotonic
_AT_ONCE: Final = 1e-6


class _Deadline:
    """A moment, and the exception that says it has passed."""

    def __init__(self, seconds: float, run: RunContext | None) -> None:
        self.seconds = seconds
        self.run = run
        self.moment = _monotonic() + seconds
        self.thread = threading.get_ident()
        self.passed = False
        self.over = False
        self.overdue: type[Overdue] = type("Overdue", (Overdue,), {})


@contextmanager
def deadline(seconds: float, run: RunContext | None = None) -> Iterator[None]:
    """Raise ``RunTimeoutError`` once the code of the block, the body of ``run``, has run for ``seconds``.

    Code that swallows the interruption is interrupted again, and has taken too long however it ends then. What it
    raises on its way out is the cause: of what is interrupted anywhere, ``threading`` included, not all is ready.
    """
    own = _Deadline(seconds, run)
    in_main_thread = threading.current_thread() is threading.main_thread()
    try:
        with _by_signal(own) if in_main_thread and has_timer() else _by_planting(own):
            yield
    except own.overdue:
        raise RunTimeoutError(f"longer than {seconds:g} s") from None
    except Exception as error:
        if not own.passed:
            raise
        raise RunTimeoutError(f"longer than {seconds:g} s") from error
    finally:
        own.over = True
    if own.passed:
        raise RunTimeoutError(f"longer than {seconds:g} s")


#: The deadlines of threads other than the main one; a dict for its order and its atomic changes.
_planting: Final[dict[_Deadline, None]] = {}
_SLICE_SECONDS: Final = 0.1
_nested: Final[list[_Deadline]] = []
#: When code that goes on all the same is interrupted again, in seconds: time for what it puts in order on its way out.
_AGAIN_SECONDS: Final = 10.0


# An interruption, ours or Ctrl-C, may come between any two lines below, those that clean up included. So a deadline
# counts as over from the moment that either of two ``finally`` blocks has said so, whatever became of the other.


@contextmanager
def _by_signal(own: _Deadline) -> Iterator[None]:
    previous = on_timer(_expired)
    left = set_timer(0)
    # a timer that is not one of ours counts on for whoever set it
    foreign = _monotonic() + left if left and not _nested else None
    try:
        _nested.append(own)
        _arm()
        try:
            yield
        finally:
            own.over = True
    finally:
        set_timer(0)
        _nested[:] = [each for each in _nested if not each.over]
        on_timer(previous)
        if foreign is not None:
            set_timer(max(foreign - _monotonic(), _AT_ONCE))
        else:
            _arm()


def _arm() -> None:
    moments = [each.moment for each in _nested if not each.over]
    if moments:
        set_timer(max(min(moments) - _monotonic(), _AT_ONCE))


def _expired(_number: int, _frame: FrameType | None) -> None:
    now = _monotonic()
    for each in _nested:  # the outermost first: it takes those within along
        if each.moment <= now and not each.over:
            each.passed = True
            each.moment = now + _AGAIN_SECONDS
            _arm()
            raise each.overdue
    _arm()


@contextmanager
def _by_planting(own: _Deadline) -> Iterator[None]:
    changing, ended = threading.Lock(), threading.Event()

    def expire() -> None:
        wait = own.seconds
        while not ended.wait(wait) and not own.over:
            with changing:
                if not own.over:
                    own.passed = True
                    plant(own.thread, own.overdue)
            wait = _AGAIN_SECONDS

    _planting[own] = None
    try:
        threading.Thread(target=expire, name="tidemill-deadline", daemon=True).start()
        try:
            yield
        finally:
            own.over = True
    finally:
        _planting.pop(own, None)
        ended.set()
        with changing:
            if own.passed:  # and maybe not raised yet: it must not hit whoever runs next in this thread
                plant(own.thread, None)


def held_up() -> list[tuple[RunContext, float]]:
    """The runs whose time, in seconds, is over and whose threads are still in a call that cannot be interrupted."""
    held = [each for each in list(_planting) if each.passed and not each.over]
    return [(each.run, each.seconds) for each in held if each.run is not None]


def wait_stoppably(wait: Callable[[float | None], object], seconds: float | None, is_over: Callable[[], bool]) -> None:
    """Wait ``seconds`` at most, so that a deadline of this thread may end it: a lock that waits is a C call."""
    here = threading.get_ident()
    if all(each.thread != here or each.over for each in list(_planting)):
        wait(seconds)
        return
    until = None if seconds is None else _monotonic() + seconds
    while not is_over():
        left = _SLICE_SECONDS if until is None else min(until - _monotonic(), _SLICE_SECONDS)
        if left <= 0:
            return
        wait(left)


class SpentTime:
    """The time-out of a generator body: only the time it runs counts, not the time its consumer takes."""

    def __init__(self, seconds: float | None, run: RunContext) -> None:
        self._left = seconds
        self._run = run

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raise ``RunTimeoutError`` once all such blocks together have run for the time given."""
        if self._left is None:
            yield
            return
        began = _monotonic()
        try:
            with deadline(max(self._left, _AT_ONCE), self._run):
                yield
        finally:
            self._left -= _monotonic() - began


def plant(thread: int, error: type[BaseException] | None) -> None:
    """Have a thread raise ``error`` at its next Python instruction; ``None`` takes back what it has not raised yet."""
    import ctypes  # noqa: PLC0415 - most programs interrupt nothing

    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
