"""Looking whether a socket has something to read, or takes something."""

from __future__ import annotations

import select
import sys


def is_ready(socket: int, *, wait: bool, writing: bool = False) -> bool:
    """Whether there is something to read; ``writing``: or it takes something. ``wait``: until it is so."""
    if sys.platform == "win32":
        found = select.select([socket], [socket] if writing else [], [], None if wait else 0)
        return any(found)
    asking = select.poll()  # select knows no descriptor beyond 1023, and a server with many clients has those
    asking.register(socket, select.POLLIN | select.POLLOUT if writing else select.POLLIN)
    return bool(asking.poll(None if wait else 0))
