"""The lock that needs nothing of the platform but files: one beside the file, which names the holder."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec

from tidemill.system.files import open_private, write_at
from tidemill.system.lock_base import FileLock
from tidemill.system.processes import ProcessIdentity, current_identity, hostname, is_alive

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.system.clock import Clock


#: What stands behind a file's name in that of its lock.
LOCK_SUFFIX: Final = ".lock"
#: Token and boot of a holder that is not named any more.
_OF_NOBODY: Final = "unreadable"


class Holder(msgspec.Struct, frozen=True):
    """Who holds a lock; the token tells one holding from the next."""

    token: str
    process: ProcessIdentity


class NamedHolderLock(FileLock):
    """A file ``<path>.lock`` that says which process holds; a dead holder's is taken over.

    It appears whole or not at all. Who takes over from a dead holder first takes the lock named after that holder's
    token, so that two who see the same dead holder cannot both succeed it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._lock_path = path.with_name(f"{path.name}{LOCK_SUFFIX}")
        self._mine: Holder | None = None
        super().__init__(path, clock)

    @property
    def held(self) -> bool:
        return self._mine is not None

    def release(self) -> None:
        mine, self._mine = self._mine, None
        if mine is not None:
            self._lock_path.unlink(missing_ok=True)

    def _attempt(self, *, create: bool) -> bool:
        if not create and not self.path.exists():
            return False
        mine = Holder(uuid4().hex, current_identity())
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


def _claim(lock_path: Path, mine: Holder) -> bool:
    holder = holder_of(lock_path)
    if holder is not None and (is_alive(holder.process) or not _bury(lock_path, holder, mine)):
        return False
    return _appear(lock_path, mine)


def _bury(lock_path: Path, dead: Holder, mine: Holder) -> bool:
    guard = lock_path.with_name(f"{lock_path.name}.{dead.token[:8]}")
    if not _claim(guard, mine):
        return False
    try:
        if holder_of(lock_path) == dead:  # nobody but the holder of the guard removes it, and the dead do not write
            lock_path.unlink()
    finally:
        guard.unlink(missing_ok=True)
    return True


def _appear(lock_path: Path, mine: Holder) -> bool:
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


def holder_of(lock_path: Path) -> Holder | None:
    """Who is named in a lock file, alive or dead; ``None`` if there is none.

    A lock file appears whole, and is not synced: one that cannot be read lost its content in a power cut, and so its
    holder is dead.
    """
    with contextlib.suppress(FileNotFoundError):
        content = lock_path.read_bytes()
        try:
            return msgspec.json.decode(content, type=Holder)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Holder(_OF_NOBODY, ProcessIdentity(hostname(), boot=_OF_NOBODY, namespace="", pid=0, started=""))
    return None
