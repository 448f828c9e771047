"""Named places where a test may make the process die, fail, or stand still.

``TIDEMILL_FAIL=point:nth:action`` (several joined by commas) arms them at import; unset, a call costs one look at an
empty dict. Actions: ``kill`` (SIGKILL to itself, nothing is flushed), ``exit`` (``os._exit``), ``raise`` (OSError EIO),
``enospc`` (OSError ENOSPC), ``pause`` (stop until continued).
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from dataclasses import dataclass


@dataclass
class _Armed:
    nth: int
    action: str
    seen: int = 0


_armed: dict[str, _Armed] = {}


def arm(specification: str) -> None:
    """Arm from ``point:nth:action[,point:nth:action…]``; an empty text disarms all. ``nth`` counts from 1."""
    _armed.clear()
    for part in filter(None, specification.split(",")):
        point, nth, action = part.rsplit(":", 2)
        if action not in _ACTIONS:
            raise ValueError(f"unknown fail point action {action!r}; known: {', '.join(_ACTIONS)}")
        _armed[point] = _Armed(int(nth), action)


def failpoint(point: str) -> None:
    """Say that the process has come to ``point``."""
    if _armed:
        _hit(point)


def _hit(point: str) -> None:
    armed = _armed.get(point)
    if armed is None:
        return
    armed.seen += 1
    if armed.seen == armed.nth:
        _ACTIONS[armed.action](point)


def _kill(_point: str) -> None:
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


def _exit(_point: str) -> None:
    os._exit(70)


def _raise(point: str) -> None:
    raise OSError(errno.EIO, f"fail point {point}")


def _enospc(point: str) -> None:
    raise OSError(errno.ENOSPC, f"fail point {point}")


def _pause(_point: str) -> None:
    if hasattr(signal, "SIGSTOP"):
        os.kill(os.getpid(), signal.SIGSTOP)
    else:
        threading.Event().wait()  # for good: where nothing can stop a process, nothing can continue it


_ACTIONS = {"kill": _kill, "exit": _exit, "raise": _raise, "enospc": _enospc, "pause": _pause}

arm(os.environ.get("TIDEMILL_FAIL", ""))
