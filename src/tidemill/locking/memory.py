"""Locks among the threads and tasks of one process."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from tidemill.locking.protocol import WaitingLocks
from tidemill.system.clock import Clock, SystemClock


class MemoryLockManager(WaitingLocks):
    """Locks that all code of this process shares: every ``MemoryLockManager()`` is the same one.

    With a ``clock`` of its own it is a separate one, for tests.
    """

    _shared: ClassVar[dict[type, MemoryLockManager]] = {}
    _creating = threading.Lock()

    def __new__(cls, *args: Any, **kwargs: Any) -> MemoryLockManager:  # noqa: PYI034 - one for all
        if args or kwargs:
            return super().__new__(cls)
        with cls._creating:
            if cls not in cls._shared:
                cls._shared[cls] = super().__new__(cls)
            return cls._shared[cls]

    def __init__(self, clock: Clock | None = None) -> None:
        if "_held" in self.__dict__:
            return
        super().__init__(clock or SystemClock())
        self._guard = threading.Lock()
        self._held: dict[str, tuple[str, float | None]] = {}

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back. Raises ValueError when this holder does not have it."""
        with self._guard:
            if self._valid(key) != holder:
                raise ValueError(f"{holder!r} does not hold the lock on {key!r}: it never took it, or its time ran out")
            del self._held[key]

    def _holder(self, key: str) -> str | None:
        with self._guard:
            return self._valid(key)

    def _take(self, key: str, holder: str, hold_timeout: float | None) -> bool:
        with self._guard:
            if self._valid(key) not in {None, holder}:
                return False
            until = None if hold_timeout is None else self._clock.monotonic() + hold_timeout
            self._held[key] = (holder, until)
            return True

    def _valid(self, key: str) -> str | None:
        held = self._held.get(key)
        if held is None:
            return None
        holder, until = held
        if until is not None and self._clock.monotonic() >= until:
            del self._held[key]
            return None
        return holder
