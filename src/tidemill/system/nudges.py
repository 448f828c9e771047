"""A signal by which any thread has the main thread stop waiting and do something, where the system has such signals.

It is set up once and stays: setting a handler and taking it back costs as much as a quick flow run's own record. A
handler that stood there before is still called; one that is put there later is left alone, and whoever would nudge
learns that nobody is there to be nudged.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tidemill.system.processes import call_in_forked_child

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_here: Final[Any] = signal  # which has on each system what that system has
#: Ignored unless somebody handles it, so that one that comes late does no harm. Not every system has it.
_SIGNAL: Final[Any] = getattr(signal, "SIGURG", None)


def nudge_process(pid: int) -> bool:
    """Nudge the main thread of another process, if it is set up for that; false where there are no such signals."""
    if _SIGNAL is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, _SIGNAL)
    return True


class Nudge:
    """Has ``called`` run in the main thread when somebody sends it; what that raises is raised in the code there."""

    def __init__(self, called: Callable[[], None]) -> None:
        self._called = called
        self._before: Any = None
        self._ready: bool | None = None
        call_in_forked_child(self._forget)

    def ready(self) -> bool:
        """In the main thread: whether it can be nudged from here on."""
        if self._ready is None:
            self._ready = self._set_up()
        return self._ready

    def send(self) -> bool:
        """Nudge the main thread; false where that would not reach it."""
        if not self._ready or signal.getsignal(_SIGNAL) != self._take:
            return False
        _here.pthread_kill(threading.main_thread().ident or 0, _SIGNAL)
        return True

    def _set_up(self) -> bool:
        if _SIGNAL is None or not hasattr(signal, "pthread_kill"):
            return False
        before = signal.getsignal(_SIGNAL)
        if before is None:  # of a library in C: it could not be called from here
            return False
        self._before = before
        signal.signal(_SIGNAL, self._take)
        return True

    def _take(self, number: int, frame: FrameType | None) -> None:
        try:
            if callable(self._before):
                self._before(number, frame)
        finally:
            self._called()

    def _forget(self) -> None:
        """A forked child runs none of its parent's code that is to be nudged."""
        if self._ready:
            if signal.getsignal(_SIGNAL) == self._take:
                signal.signal(_SIGNAL, self._before)
            self._ready = None
