"""Time in tests: it passes as always, but nobody waits for it."""

from __future__ import annotations

from threading import Lock
from typing import Final

from tidemill.system.clock import SystemClock

_REAL: Final = SystemClock()


class SkippingClock:
    """A clock that is moved on by as much as somebody wants to wait, at once; otherwise it goes with the machine's.

    So retries with an hour between them take no time and are an hour apart all the same.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._skipped = 0.0

    @property
    def skipped(self) -> float:
        """How many seconds nobody had to wait."""
        return self._skipped

    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        return _REAL.now_us() + int(self._skipped * 1_000_000)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return _REAL.monotonic() + self._skipped

    def jump(self, seconds: float) -> None:
        """Move on, as if so many seconds had passed."""
        if seconds < 0:
            raise ValueError(f"expected 'seconds' to be ≥ 0, got {seconds}: a clock does not go back")
        with self._lock:
            self._skipped += seconds

    def sleep(self, seconds: float) -> None:
        """Jump."""
        self.jump(max(seconds, 0.0))
        _REAL.sleep(0)

    async def asleep(self, seconds: float) -> None:
        """Jump, and let others run."""
        self.jump(max(seconds, 0.0))
        await _REAL.asleep(0)
