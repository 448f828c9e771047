"""Time, as the rest of the house sees it. Nobody else asks the machine what time it is, or sleeps."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What tells time and waits; tests hand in one that jumps."""

    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; the thread does nothing else."""
        ...

    async def asleep(self, seconds: float) -> None:
        """Wait; the event loop goes on."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; the thread does nothing else."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Wait; the event loop goes on."""
        import asyncio  # noqa: PLC0415 - synchronous programs never load it

        await asyncio.sleep(seconds)


def cpu_seconds() -> float:
    """What all threads of this process have computed so far, in seconds of one core."""
    return time.process_time()


class JumpingClock:
    """A clock for tests: waiting moves it, nothing else does."""

    def __init__(self, start_us: int = 1_700_000_000_000_000) -> None:
        self.us = start_us

    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        return self.us

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return self.us / 1_000_000

    def sleep(self, seconds: float) -> None:
        """Jump."""
        self.us += int(seconds * 1_000_000)

    async def asleep(self, seconds: float) -> None:
        """Jump, and let others run."""
        import asyncio  # noqa: PLC0415 - as above

        self.sleep(seconds)
        await asyncio.sleep(0)
