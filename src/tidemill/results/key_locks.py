"""The locks of a result store: who may write the record of a key."""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidemill.exceptions import ConfigurationError
from tidemill.results.isolation import IsolationLevel

if TYPE_CHECKING:
    from tidemill.locking.protocol import LockManager


@dataclass(kw_only=True)
class KeyLocks:
    """Locks by key, through ``lock_manager``; a holder defaults to the thread that asks."""

    lock_manager: LockManager | None = None

    def generate_default_holder(self) -> str:
        """A name for this thread of this process on this machine."""
        return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"

    def supports_isolation_level(self, level: IsolationLevel) -> bool:
        """Whether the store can keep others out as the level asks: ``SERIALIZABLE`` needs a lock manager."""
        return level == IsolationLevel.READ_COMMITTED or self.lock_manager is not None

    def acquire_lock(self, key: str, holder: str | None = None, timeout: float | None = None) -> bool:
        """Take the lock on a key; False when ``timeout`` seconds passed."""
        return self._locks().acquire_lock(key, holder or self.generate_default_holder(), timeout)

    async def aacquire_lock(self, key: str, holder: str | None = None, timeout: float | None = None) -> bool:
        """`acquire_lock` for async callers."""
        return await self._locks().aacquire_lock(key, holder or self.generate_default_holder(), timeout)

    def release_lock(self, key: str, holder: str | None = None) -> None:
        """Give the lock back. Raises ValueError when this holder does not have it."""
        self._locks().release_lock(key, holder or self.generate_default_holder())

    def is_locked(self, key: str) -> bool:
        """Whether anybody holds the lock on a key."""
        return self._locks().is_locked(key)

    def is_lock_holder(self, key: str, holder: str | None = None) -> bool:
        """Whether this holder, by default this thread, holds the lock on a key."""
        return self._locks().is_lock_holder(key, holder or self.generate_default_holder())

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds the lock; False when ``timeout`` seconds passed."""
        return self._locks().wait_for_lock(key, timeout)

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """`wait_for_lock` for async callers."""
        return await self._locks().await_for_lock(key, timeout)

    def _locks(self) -> LockManager:
        if self.lock_manager is None:
            raise ConfigurationError(
                "This result store has no lock manager. Give it one:"
                " ResultStore(lock_manager=…), or cache_policy.configure(lock_manager=…)."
            )
        return self.lock_manager
