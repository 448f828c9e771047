"""The file a store lives in: is it ours, may it be there, and how it comes to be.

A new database is made under another name and moved into place when it is whole, so nobody ever opens half a database,
and a process killed in between leaves nothing in the way.
"""

from __future__ import annotations

import errno
import os
import struct
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import apsw

from tidemill.store.asking import scalar
from tidemill.store.errors import (
    CorruptStoreError,
    ForeignStoreError,
    NewerStoreError,
    StoreError,
    StoreFullError,
    UnsuitablePlaceError,
)
from tidemill.store.migrations import CURRENT
from tidemill.store.sqlite import migrating
from tidemill.store.sqlite.migrating import APPLICATION_ID
from tidemill.store.sqlite.mounts import refuse_network
from tidemill.system.files import make_private_folder, open_private, sync_file, sync_folder
from tidemill.system.locks import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidemill.store.session import Session

_HEADER_BYTES: Final = 100
_MAGIC: Final = b"SQLite format 3\x00"


#: A file, by whatever name: its device and its number there.
Identity = tuple[int, int]
#: How often each file is open in this process.
_open_here: Counter[Identity] = Counter()


def now_open(path: Path) -> Identity:
    """Remember that this process has connections to the file, or is about to; what to forget it by."""
    identity = _identity(path)
    _open_here[identity] += 1
    return identity


def no_longer_open(identity: Identity) -> None:
    """Forget one ``now_open``."""
    _open_here[identity] -= 1
    if _open_here[identity] <= 0:
        del _open_here[identity]


def _identity(path: Path) -> Identity:
    there = path.stat()
    return there.st_dev, there.st_ino


def ensure(path: Path) -> None:
    """See to it that ``path`` is a whole tidemill database, on a local disk; leave alone what is something else."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise UnsuitablePlaceError(
            f"{str(path)!r} is not UTF-8, and SQLite opens no other path. Choose another folder with TIDEMILL_HOME"
        ) from error
    try:
        make_private_folder(path.parent)
        refuse_network(path.parent)
        if is_ours(path):
            return
        with _one_creator(path):
            if not is_ours(path):
                _create(path)
    except OSError as error:
        raise _said_of(path, error) from error


def is_ours(path: Path) -> bool:
    """Whether a tidemill database stands there; False if nothing does, or an empty file. Refuses anything else."""
    try:
        if _identity(path) in _open_here:
            return True  # and to open and close it here would drop the locks that SQLite has on it: POSIX wants it so
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return False
    if not header and not _has_log(path):
        return False  # to SQLite itself a file of no bytes is a database that nothing was written to
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise ForeignStoreError(
            f"{path} is not a SQLite database, so it is not tidemill's or it is damaged. It was left untouched. "
            "Move it away, or choose another folder with TIDEMILL_HOME"
        )
    (version,) = struct.unpack_from(">I", header, 60)
    (application,) = struct.unpack_from(">I", header, 68)
    if application != APPLICATION_ID:
        raise ForeignStoreError(
            f"{path} is a SQLite database, but not one of tidemill's. It was left untouched. "
            "Choose another folder with TIDEMILL_HOME"
        )
    check_version(path, version)
    return True


def _has_log(path: Path) -> bool:
    """Whether there is a log of writes beside it: then the file was cut short, and the log may be all that is left."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _said_of(path: Path, error: OSError) -> StoreError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFullError(f"no room for the database {path}; make room on its disk")
    return UnsuitablePlaceError(
        f"the database {path} cannot be opened or made: {error.strerror}. "
        "Check the permissions, or choose another folder with TIDEMILL_HOME"
    )


def check_version(path: Path, version: int) -> None:
    """Refuse a database from the future."""
    if version > CURRENT:
        raise NewerStoreError.at(str(path), version, CURRENT)


def _create(path: Path) -> None:
    for leftover in ("-wal", "-shm"):  # of a database that was removed; its frames must not meet the new file
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    try:
        os.close(open_private(fresh, exclusive=True))
        fresh.write_bytes(migrating.empty_database())
        connection = apsw.Connection(str(fresh), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL").fetchall()
        connection.close()
        sync_file(fresh)
        _publish(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(path.parent)


def _publish(fresh: Path, path: Path) -> None:
    try:
        os.link(fresh, path)
    except FileExistsError:
        if not is_ours(path):  # else another creator was first, and its database is as good
            fresh.replace(path)
    except OSError:  # a file system without hard links; the lock around us stands in
        fresh.rename(path)


@contextmanager
def _one_creator(path: Path) -> Iterator[None]:
    """Let one process at a time create; only spares the others the work."""
    lock = file_lock(path.with_name(f".{path.name}.lock"))
    lock.acquire(None)
    try:
        yield
    finally:
        lock.release()


def check_integrity(connection: Session, where: str) -> None:
    """Look through the whole database for damage; takes about a second per GiB."""
    found = scalar(connection, "PRAGMA quick_check(1)")
    if found != "ok":
        raise CorruptStoreError.at(where, " ".join(found.split()))
