"""Files as durable storage wants them: private, reserved ahead, written whole, really on the disk when they say so."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Final

if sys.platform != "win32":
    try:
        import fcntl
    except ImportError:  # neither Windows nor POSIX
        fcntl = None  # type: ignore[assignment]  # looked at before use

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

_BINARY: Final[int] = getattr(os, "O_BINARY", 0)  # Windows alone translates line ends
_NO_ROOM_AHEAD: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ENODEV})


class CannotReserveError(Exception):
    """This file system, or this platform, cannot promise space ahead."""


def can_lock_descriptors() -> bool:
    """Whether the platform has locks that belong to an open file: ``flock``, or those of ``msvcrt``."""
    return sys.platform == "win32" or fcntl is not None


def portable() -> bool:
    """Whether to do without what only POSIX has: where it is missing, and with ``TIDEMILL_PORTABLE=1``, for tests."""
    return not can_lock_descriptors() or os.environ.get("TIDEMILL_PORTABLE", "") not in {"", "0"}


def make_private_folder(path: Path) -> None:
    """Make the folder, and those above it, for this user only; one that exists keeps its mode."""
    if not path.exists() and path.parent != path:
        make_private_folder(path.parent)  # with parents=True, mkdir would leave those above to the umask
    path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def open_private(path: Path, *, create: bool = False, exclusive: bool = False, append: bool = False) -> int:
    """A descriptor for reading and writing, with ``append`` at the end; a new file is for this user only."""
    flags = os.O_RDWR | _BINARY | (os.O_CREAT if create or exclusive else 0) | (os.O_EXCL if exclusive else 0)
    flags |= os.O_APPEND if append else 0
    return os.open(path, flags, PRIVATE_FILE)


def open_reading(path: Path) -> int:
    """A descriptor for reading."""
    return os.open(path, os.O_RDONLY | _BINARY)


def read_at(fd: int, offset: int, size: int) -> bytes:
    """Up to ``size`` bytes from ``offset``; fewer only where the file ends."""
    parts: list[bytes] = []
    while size > 0 and (part := _read_some(fd, offset, size)):
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def write_at(fd: int, offset: int, data: bytes) -> None:
    """Write all of ``data`` at ``offset``, however often the system takes only a part of it."""
    rest = memoryview(data)
    while rest:
        written = _write_some(fd, offset, rest)
        offset += written
        rest = rest[written:]


# Without positioned reads and writes: each descriptor has one user at a time.
if sys.platform == "win32" or not hasattr(os, "pread"):

    def _read_some(fd: int, offset: int, size: int) -> bytes:
        os.lseek(fd, offset, os.SEEK_SET)
        return os.read(fd, size)

    def _write_some(fd: int, offset: int, data: memoryview) -> int:
        os.lseek(fd, offset, os.SEEK_SET)
        return os.write(fd, data)

else:

    def _read_some(fd: int, offset: int, size: int) -> bytes:
        return os.pread(fd, size, offset)

    def _write_some(fd: int, offset: int, data: memoryview) -> int:
        return os.pwrite(fd, data, offset)


def can_reserve() -> bool:
    """Whether a mapped file can be given its space ahead, so that a full disk is an error and not a signal."""
    return sys.platform == "linux" and hasattr(os, "posix_fallocate") and not portable()


def reserve(fd: int, size: int) -> None:
    """Give the file ``size`` bytes of real space, all or nothing.

    Raises ``OSError`` (``ENOSPC``, ``EDQUOT``, ``EFBIG``) with the file as it was, and ``CannotReserveError`` where the
    file system has no such promise.
    """
    if sys.platform != "linux" or not hasattr(os, "posix_fallocate"):
        raise CannotReserveError
    before = os.fstat(fd).st_size
    try:
        os.posix_fallocate(fd, before, max(size - before, 1))
    except OSError as error:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            os.ftruncate(fd, before)
        if error.errno in _NO_ROOM_AHEAD:
            raise CannotReserveError from error
        raise


def sync_data(fd: int) -> None:
    """Return when the file's bytes are on the disk. Gives the GIL away meanwhile."""
    if sys.platform == "darwin":
        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync stops at the drive's own cache there
        except OSError:  # a disk of another make, or of another machine; fsync says what is really wrong
            os.fsync(fd)
    elif hasattr(os, "fdatasync"):
        os.fdatasync(fd)
    else:
        os.fsync(fd)


def sync_file(path: Path) -> None:
    """``sync_data`` of a file that is not open."""
    fd = open_private(path)  # Windows syncs only what may be written
    try:
        sync_data(fd)
    finally:
        os.close(fd)


def sync_folder(path: Path) -> None:
    """Return when the names in the folder are on the disk; Windows sees to that itself."""
    if sys.platform == "win32":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
