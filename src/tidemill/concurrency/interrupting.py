"""Ending a synchronous block whose slots were lost, for callers who wish that."""

from __future__ import annotations

import ctypes
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.engine.slots import Lease


class _SlotsLost(BaseException):
    """Raised in the block's thread at its next Python instruction; never leaves the block."""


@contextmanager
def ended_when_lost(lease: Lease) -> Iterator[None]:
    """Leave the block, without an error, when its lease is lost. A C call that waits is waited for."""
    thread = ctypes.c_ulong(threading.get_ident())
    turn = threading.Lock()
    state = {"over": False, "planted": False}

    def lost() -> None:
        with turn:
            if not state["over"]:
                state["planted"] = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_SlotsLost))

    lease.on_lost = lost
    try:
        yield
    except _SlotsLost:
        state["planted"] = False
    finally:
        with turn:
            state["over"] = True
            if state["planted"]:  # and not raised yet: it must not hit whatever this thread does next
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
