"""What a lock manager offers, and the waiting that all of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from tidemill.system.asking import Ask, Asking, adrive, drive

if TYPE_CHECKING:
    from tidemill.system.clock import Clock

_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.05


@runtime_checkable
class LockManager(Protocol):
    """Holds locks by key. A holder may take its own lock again; times are in seconds, None waits for ever."""

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Wait for the lock and take it; False when ``acquire_timeout`` passed. It lapses after ``hold_timeout``."""
        ...

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """`acquire_lock` for async callers."""
        ...

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back. Raises ValueError when this holder does not have it."""
        ...

    def is_locked(self, key: str) -> bool:
        """Whether anybody holds the lock."""
        ...

    def is_lock_holder(self, key: str, holder: str) -> bool:
        """Whether this holder holds the lock."""
        ...

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds the lock; False when ``timeout`` passed."""
        ...

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """`wait_for_lock` for async callers."""
        ...


class WaitingLocks(ABC):
    """The waiting half of a lock manager, for those that can say at once whether a lock is free."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def is_locked(self, key: str) -> bool:
        """Whether anybody holds the lock."""
        return self._holder(key) is not None

    def is_lock_holder(self, key: str, holder: str) -> bool:
        """Whether this holder holds the lock."""
        return self._holder(key) == holder

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Wait for the lock and take it; False when ``acquire_timeout`` seconds passed.

        The lock lapses ``hold_timeout`` seconds after it was taken, so that a holder that is gone blocks nobody.
        """
        return drive(self._until("_take", (key, holder, hold_timeout), acquire_timeout))

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """`acquire_lock`, letting the event loop go on."""
        return await adrive(self._until("_take", (key, holder, hold_timeout), acquire_timeout))

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds the lock; False when ``timeout`` seconds passed."""
        return drive(self._until("_is_free", (key,), timeout))

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """`wait_for_lock`, letting the event loop go on."""
        return await adrive(self._until("_is_free", (key,), timeout))

    def _until(self, question: str, about: tuple[Any, ...], timeout: float | None) -> Asking[bool]:
        """Ask again, with growing pauses, until the answer is yes or the time has passed."""
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        pause = _FIRST_PAUSE_S
        while not (yield Ask(self, question, about)):
            left = pause if deadline is None else deadline - self._clock.monotonic()
            if left <= 0:
                return False
            yield Ask(self._clock, "sleep", (max(min(pause, left), _FIRST_PAUSE_S),))
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        return True

    def _is_free(self, key: str) -> bool:
        return not self.is_locked(key)

    @abstractmethod
    def _holder(self, key: str) -> str | None:
        """Who holds the lock now."""

    @abstractmethod
    def _take(self, key: str, holder: str, hold_timeout: float | None) -> bool:
        """Take the lock if it is free or already this holder's."""
