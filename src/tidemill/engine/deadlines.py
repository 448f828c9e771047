"""Stopping synchronous code that takes too long.

In the main thread a POSIX timer signal interrupts Python code and the system calls that wait (``time.sleep``, sockets,
locks). In other threads the exception is planted in the thread and takes effect at its next Python instruction, so a C
call that never returns holds it up; what must be stopped even then belongs into a process of its own
(``ProcessPoolTaskRunner``, or ``isolated=True`` on the task).
"""

from __future__ import annotations

import ctypes
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tidemill.engine.signals import RunTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise ``RunTimeoutError`` in the code of the block once ``seconds`` have passed."""
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _by_signal(seconds):
            yield
    else:
        with _by_planting(seconds):
            yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def expired(_number: int, _frame: FrameType | None) -> None:
        raise RunTimeoutError(f"more than {seconds:g} s")

    previous = signal.signal(signal.SIGALRM, expired)
    enclosing, _ = signal.setitimer(signal.ITIMER_REAL, max(seconds, _AT_ONCE))
    try:
        yield
    finally:
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        if enclosing:
            signal.setitimer(signal.ITIMER_REAL, max(enclosing - (seconds - left), _AT_ONCE))


_AT_ONCE: Final = 1e-6


@contextmanager
def _by_planting(seconds: float) -> Iterator[None]:
    target = threading.get_ident()
    over = threading.Lock()
    state = {"done": False, "planted": False}

    def expire() -> None:
        with over:
            if not state["done"]:
                state["planted"] = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), ctypes.py_object(RunTimeoutError))

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with over:
            state["done"] = True
            if state["planted"]:  # and maybe not raised yet: it must not hit whoever runs next in this thread
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), None)
        timer.cancel()
