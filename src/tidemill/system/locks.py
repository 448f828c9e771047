"""An exclusive lock on a whole file, free again the moment its holder dies, however it dies.

``file_lock`` chooses: ``flock`` on POSIX; ``msvcrt`` on Windows; else, and with ``TIDEMILL_PORTABLE=1``, a lock file
beside the file that names its holder. A holder excludes everybody, other threads of its own process included.

A forked child holds nothing. ``flock`` belongs to the open file, which parent and child share: a child that kept it
would hold the lock after its parent's death, and one that unlocked it would take it from its parent. So a child
closes its copy at once and never unlocks.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from abc import ABC, abstractmethod
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

import msgspec

from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import open_private, portable, write_at
from tidemill.system.processes import ProcessIdentity, call_in_forked_child, current_identity, is_alive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLL_SECONDS: Final = 0.01
_TAKEN: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


class FileLock(Protocol):
    """A lock on ``path``; not reentrant, and not shared by threads."""

    path: Path

    @property
    def held(self) -> bool:
        """Whether this object holds the lock, in this process."""
        ...

    def acquire(self, timeout: float | None = 0, *, create: bool = True) -> bool:
        """Take the lock; False if it is somebody else's after ``timeout`` seconds (0: at once, None: never give up).

        A missing file is made, for this user only; with ``create=False`` a missing file is False too.
        """
        ...

    def release(self) -> None:
        """Give the lock up; nothing happens if it is not held."""
        ...

    def retire(self, target: Path | None) -> None:
        """Give the lock up together with the file: move it to ``target``, or delete it. Needs the lock."""
        ...


def file_lock(path: Path, clock: Clock | None = None) -> FileLock:
    """The lock on a file that this platform does best; ``clock`` waits between tries."""
    clock = clock or SystemClock()
    if portable():
        return NamedHolderLock(path, clock)
    if sys.platform == "win32":
        return MsvcrtLock(path, clock)
    return FlockLock(path, clock) if find_spec("fcntl") else NamedHolderLock(path, clock)


def _keep_trying(attempt: Callable[[], bool], timeout: float | None, clock: Clock) -> bool:
    deadline = None if timeout is None else clock.monotonic() + timeout
    while not attempt():
        if deadline is not None and clock.monotonic() >= deadline:
            return False
        clock.sleep(POLL_SECONDS)
    return True


class _DescriptorLock(ABC):
    """What the locks that live on a descriptor of the file itself have in common."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._fd: int | None = None
        call_in_forked_child(self._forget)

    @property
    def held(self) -> bool:
        return self._fd is not None

    def acquire(self, timeout: float | None = 0, *, create: bool = True) -> bool:
        if self.held:
            return False
        return _keep_trying(lambda: self._attempt(create), timeout, self._clock)

    def release(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            try:
                self._unlock(fd)
            finally:
                os.close(fd)

    def retire(self, target: Path | None) -> None:
        if not self.held:
            raise RuntimeError(f"retire of {self.path} without its lock")
        _move_or_delete(self.path, target)
        self.release()

    def _attempt(self, create: bool) -> bool:
        try:
            fd = open_private(self.path, create=create)
        except FileNotFoundError:
            return False
        try:
            if not self._lock(fd) or not self._still_there(fd):
                os.close(fd)
                return False
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd
        return True

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
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def __del__(self) -> None:
        self.release()


class FlockLock(_DescriptorLock):
    """``flock``: goes with the open file, so the kernel gives it up when the process ends."""

    def _lock(self, fd: int) -> bool:
        import fcntl  # noqa: PLC0415  # not on Windows

        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            return False
        return True

    def _unlock(self, fd: int) -> None:
        import fcntl  # noqa: PLC0415  # not on Windows

        fcntl.flock(fd, fcntl.LOCK_UN)


class MsvcrtLock(_DescriptorLock):
    """Windows: one byte far behind the file's end, since locked bytes there cannot be written by anybody else."""

    _FAR: Final = 0x7FFF_FFFF_0000

    def _lock(self, fd: int) -> bool:
        import msvcrt  # noqa: PLC0415  # Windows only

        os.lseek(fd, self._FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            return False
        return True

    def _unlock(self, fd: int) -> None:
        import msvcrt  # noqa: PLC0415  # Windows only

        os.lseek(fd, self._FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]

    def retire(self, target: Path | None) -> None:
        self.release()  # an open file can be neither moved nor deleted there
        _move_or_delete(self.path, target)


class _Holder(msgspec.Struct, frozen=True):
    token: str
    process: ProcessIdentity


class NamedHolderLock:
    """A file ``<path>.lock`` that says which process holds; a dead holder's is taken over.

    It appears whole or not at all. Who takes over from a dead holder first takes the lock named after that holder's
    token, so that two who see the same dead holder cannot both succeed it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._lock_path = path.with_name(f"{path.name}.lock")
        self._mine: _Holder | None = None
        call_in_forked_child(self._forget)

    @property
    def held(self) -> bool:
        return self._mine is not None

    def acquire(self, timeout: float | None = 0, *, create: bool = True) -> bool:
        if self.held:
            return False
        return _keep_trying(lambda: self._attempt(create), timeout, self._clock)

    def release(self) -> None:
        mine, self._mine = self._mine, None
        if mine is not None:
            self._lock_path.unlink(missing_ok=True)

    def retire(self, target: Path | None) -> None:
        if not self.held:
            raise RuntimeError(f"retire of {self.path} without its lock")
        _move_or_delete(self.path, target)
        self.release()

    def _attempt(self, create: bool) -> bool:
        if not create and not self.path.exists():
            return False
        mine = _Holder(uuid4().hex, current_identity())
        if not _claim(self._lock_path, mine):
            return False
        self._mine = mine
        try:
            os.close(open_private(self.path, create=create))
        except FileNotFoundError:
            self.release()
            return False
        except BaseException:
            self.release()
            raise
        return True

    def _forget(self) -> None:
        self._mine = None

    def __del__(self) -> None:
        self.release()


def _claim(lock_path: Path, mine: _Holder) -> bool:
    holder = _holder_of(lock_path)
    if holder is not None and (is_alive(holder.process) or not _bury(lock_path, holder, mine)):
        return False
    return _appear(lock_path, mine)


def _bury(lock_path: Path, dead: _Holder, mine: _Holder) -> bool:
    guard = lock_path.with_name(f"{lock_path.name}.{dead.token[:8]}")
    if not _claim(guard, mine):
        return False
    try:
        if _holder_of(lock_path) == dead:  # nobody but the holder of the guard removes it, and the dead do not write
            lock_path.unlink()
    finally:
        guard.unlink(missing_ok=True)
    return True


def _appear(lock_path: Path, mine: _Holder) -> bool:
    draft = lock_path.with_name(f"{lock_path.name}.{mine.token}.draft")
    try:
        _write_private(draft, msgspec.json.encode(mine))
        if sys.platform == "win32":
            draft.rename(lock_path)
        else:
            lock_path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _write_private(path: Path, data: bytes) -> None:
    fd = open_private(path, exclusive=True)
    try:
        write_at(fd, 0, data)
    finally:
        os.close(fd)


def _holder_of(lock_path: Path) -> _Holder | None:
    with contextlib.suppress(FileNotFoundError):
        return msgspec.json.decode(lock_path.read_bytes(), type=_Holder)
    return None


def _move_or_delete(path: Path, target: Path | None) -> None:
    if target is None:
        path.unlink(missing_ok=True)
    else:
        path.replace(target)
