"""What every lock on a file does, whatever it is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from tidemill.system.processes import call_in_forked_child

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.system.clock import Clock

POLL_SECONDS: Final = 0.01


class FileLock(ABC):
    """A lock on ``path``; not reentrant, and not shared by threads. Dropping the last reference releases it."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        call_in_forked_child(self._forget)

    @property
    @abstractmethod
    def held(self) -> bool:
        """Whether this object holds the lock, in this process."""

    def acquire(self, timeout: float | None = 0, *, create: bool = True) -> bool:
        """Take the lock; False if somebody still has it after ``timeout`` seconds (0: at once, None: never give up).

        A missing file is made, for this user only; with ``create=False`` a missing file is False too.
        """
        if self.held:
            return False
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        while not self._attempt(create=create):
            if deadline is not None and self._clock.monotonic() >= deadline:
                return False
            self._clock.sleep(POLL_SECONDS)
        return True

    @abstractmethod
    def release(self) -> None:
        """Give the lock up; nothing happens if it is not held."""

    def retire(self, target: Path | None) -> None:
        """Give the lock up together with the file: move it to ``target``, or delete it. Needs the lock."""
        if not self.held:
            raise RuntimeError(f"retire of {self.path} without its lock")
        self._move_or_delete(target)
        self.release()

    def _move_or_delete(self, target: Path | None) -> None:
        if target is None:
            self.path.unlink(missing_ok=True)
        else:
            self.path.replace(target)

    @abstractmethod
    def _attempt(self, *, create: bool) -> bool:
        """Try once."""

    @abstractmethod
    def _forget(self) -> None:
        """In a forked child: hold nothing, and leave the parent's lock as it is."""

    def __del__(self) -> None:
        self.release()
