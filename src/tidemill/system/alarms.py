"""A timer that interrupts the main thread, even in a system call that waits. POSIX has it; Windows has not.

``signal`` holds on each platform what that platform has, so it is asked before it is used.
"""

from __future__ import annotations

import signal
from typing import Any, Final

_here: Final[Any] = signal


def has_timer() -> bool:
    """Whether there is such a timer."""
    return hasattr(signal, "setitimer") and hasattr(signal, "SIGALRM")


def on_timer(handler: Any) -> Any:
    """Have the timer call this; gives what it called before. In the main thread only."""
    return signal.signal(_here.SIGALRM, handler)


def set_timer(seconds: float, again: float = 0.0) -> float:
    """Have it ring after so many seconds, 0: never. Gives the seconds that were left of what it was set to.

    ``again`` is after how many seconds it rings once more, and so on: one that rings just before a system call begins
    to wait does not interrupt that.
    """
    left: float = _here.setitimer(_here.ITIMER_REAL, seconds, again)[0]
    return left
