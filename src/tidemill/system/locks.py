"""An exclusive lock on a whole file, free again the moment its holder dies, however it dies.

``file_lock`` chooses: ``flock`` on POSIX, ``msvcrt`` on Windows; with ``TIDEMILL_PORTABLE=1`` a lock file beside the
file that names its holder. A holder excludes everybody, other threads of its own process included.

A forked child holds nothing. ``flock`` belongs to the open file, which parent and child share: a child that kept it
would hold the lock after its parent's death, and one that unlocked it would take it from its parent. So a child
closes its copy at once and never unlocks.
"""

from __future__ import annotations

import errno
import os
import sys
from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import open_private, portable
from tidemill.system.lock_base import FileLock
from tidemill.system.named_holder import NamedHolderLock

if sys.platform == "win32":
    import msvcrt
else:
    try:
        import fcntl
    except ImportError:  # neither Windows nor POSIX: the lock that names its holder needs none
        fcntl = None  # type: ignore[assignment]  # file_lock looks first

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FileLock", "file_lock"]

_TAKEN: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


class _DescriptorLock(FileLock):
    """What the locks that live on a descriptor of the file itself have in common."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._fd: int | None = None
        self._trying: int | None = None
        super().__init__(path, clock)

    @property
    def held(self) -> bool:
        return self._fd is not None

    def release(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            try:
                self._unlock(fd)
            finally:
                os.close(fd)

    def _attempt(self, *, create: bool) -> bool:
        try:
            self._trying = fd = open_private(self.path, create=create)
        except FileNotFoundError:
            return False
        try:
            if self._lock(fd) and self._still_there(fd):
                self._fd, self._trying = fd, None
        finally:
            if self._trying is not None:
                os.close(fd)
                self._trying = None
        return self.held

    @abstractmethod
    def _lock(self, fd: int) -> bool: ...

    @abstractmethod
    def _unlock(self, fd: int) -> None: ...

    def _still_there(self, fd: int) -> bool:
        """Whether the path still leads to what was locked; a holder before us may have moved or deleted it."""
        try:
            there, ours = self.path.stat(), os.fstat(fd)
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def _forget(self) -> None:
        fds = (self._fd, self._trying)
        self._fd = self._trying = None
        for fd in fds:
            if fd is not None:
                os.close(fd)


if sys.platform == "win32":

    class DescriptorLock(_DescriptorLock):
        """Windows: one byte far behind the file's end, since locked bytes there cannot be written by anybody else."""

        _FAR: Final = 0x7FFF_FFFF_0000

        def _lock(self, fd: int) -> bool:
            os.lseek(fd, self._FAR, os.SEEK_SET)
            try:
                msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                return False
            return True

        def _unlock(self, fd: int) -> None:
            os.lseek(fd, self._FAR, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

        def retire(self, target: Path | None) -> None:
            self.release()  # an open file can be neither moved nor deleted there
            self._move_or_delete(target)

else:

    class DescriptorLock(_DescriptorLock):
        """``flock``: goes with the open file, so the kernel gives it up when the process ends."""

        def _lock(self, fd: int) -> bool:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                return False
            return True

        def _unlock(self, fd: int) -> None:
            fcntl.flock(fd, fcntl.LOCK_UN)


def file_lock(path: Path, clock: Clock | None = None) -> FileLock:
    """The lock on a file that this platform does best; ``clock`` waits between tries."""
    kind = NamedHolderLock if portable() else DescriptorLock
    return kind(path, clock or SystemClock())
