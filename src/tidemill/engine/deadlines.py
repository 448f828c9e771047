"""Stopping synchronous code that takes too long.

In the main thread a POSIX timer signal interrupts Python code and the system calls that wait (``time.sleep``, sockets,
locks). In other threads the exception is planted in the thread and takes effect at its next Python instruction, so a C
call that never returns holds it up; what must be stopped even then belongs into a process of its own
(``ProcessPoolTaskRunner``).

An event loop ends its own bodies (``asyncio.timeout``), unless their code keeps it from going on; the timer signal
watches over that (``loop_watched``).

Deadlines nest. Each raises a class of its own, so that a run within a run that is overdue does not take the other's
deadline for its own: it is stopped by it, and the exception goes on to where it belongs.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tidemill.engine.context import current
from tidemill.engine.signals import RunTimeoutError
from tidemill.engine.timer_signal import AGAIN_SECONDS, AT_ONCE, LOOP_SECONDS, Deadline, by_signal, monotonic
from tidemill.system.alarms import has_timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidemill.engine.context import RunContext


@contextmanager
def deadline(seconds: float, run: RunContext | None = None) -> Iterator[None]:
    """Raise ``RunTimeoutError`` once the code of the block, the body of ``run``, has run for ``seconds``.

    Code that swallows the interruption is interrupted again, and has taken too long however it ends then. What it
    raises on its way out is the cause: of what is interrupted anywhere, ``threading`` included, not all is ready.
    """
    own = Deadline(seconds, run)
    in_main_thread = threading.current_thread() is threading.main_thread()
    try:
        with by_signal(own) if in_main_thread and has_timer() else _by_planting(own):
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


@contextmanager
def loop_watched(seconds: float, run: RunContext, heeded: Callable[[], bool]) -> Iterator[None]:
    """Raise ``RunTimeoutError`` where the async body of ``run`` keeps its event loop from seeing that its time is over.

    In the main thread, and a second late: the loop has seen it if ``heeded``, and the code of other runs is left alone.
    """
    if threading.current_thread() is not threading.main_thread() or not has_timer():
        yield
        return
    own = Deadline(seconds + LOOP_SECONDS, run)
    own.may_interrupt = lambda: not heeded() and _is_within(run)
    try:
        with by_signal(own):
            yield
    except own.overdue:
        raise RunTimeoutError(f"longer than {seconds:g} s") from None
    finally:
        own.over = True


def _is_within(run: RunContext) -> bool:
    here = current()
    while here is not None and here is not run:
        here = here.parent
    return here is run


#: The deadlines of threads other than the main one; a dict for its order and its atomic changes.
_planting: Final[dict[Deadline, None]] = {}
_SLICE_SECONDS: Final = 0.1


@contextmanager
def _by_planting(own: Deadline) -> Iterator[None]:
    changing, ended = threading.Lock(), threading.Event()

    def expire() -> None:
        wait = own.seconds
        while not ended.wait(wait) and not own.over:
            with changing:
                if not own.over:
                    own.passed = True
                    plant(own.thread, own.overdue)
            wait = AGAIN_SECONDS

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
    until = None if seconds is None else monotonic() + seconds
    while not is_over():
        left = _SLICE_SECONDS if until is None else min(until - monotonic(), _SLICE_SECONDS)
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
        began = monotonic()
        try:
            with deadline(max(self._left, AT_ONCE), self._run):
                yield
        finally:
            self._left -= monotonic() - began


def plant(thread: int, error: type[BaseException] | None) -> None:
    """Have a thread raise ``error`` at its next Python instruction; ``None`` takes back what it has not raised yet."""
    import ctypes  # noqa: PLC0415 - most programs interrupt nothing

    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
