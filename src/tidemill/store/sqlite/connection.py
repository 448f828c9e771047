"""Opening connections, each with the settings that the promise of durability rests on."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import apsw

from tidemill.store.errors import (
    CorruptStoreError,
    StoreBrokenError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    UnfitValueError,
    UnsuitablePlaceError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Before this version a write that met a checkpoint could corrupt the write-ahead log.
OLDEST_SQLITE: Final = (3, 51, 3)
#: How long one attempt waits for another process's transaction.
BUSY_TIMEOUT_MS: Final = 5000
#: The write-ahead log is cut back to this size when it is reset.
WAL_LIMIT_BYTES: Final = 64 * 1024 * 1024
_WRITER_CACHE_KIB: Final = 8192

_COMMON: Final = f"""
PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
PRAGMA mmap_size = 0;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
"""
_WRITER = f"""
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = {WAL_LIMIT_BYTES};
PRAGMA cache_size = -{_WRITER_CACHE_KIB};
PRAGMA temp_store = MEMORY;
"""
if sys.platform == "darwin":
    _WRITER += "PRAGMA fullfsync = ON;\n"  # fsync stops at the drive's own cache there


def check_library(version: str | None = None) -> None:
    """Refuse a SQLite that is known to lose data."""
    found = version or apsw.sqlite_lib_version()
    if tuple(int(part) for part in found.split(".")[:3]) < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise UnsuitablePlaceError(
            f"SQLite {found} can corrupt its write-ahead log; tidemill needs {oldest} or newer. "
            "Install it with: pip install --upgrade apsw"
        )


def _configure(connection: apsw.Connection, pragmas: str) -> None:
    # else it looks at bound values while it plans, and plans again for each: most of what reading a row by its id cost
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    # some of them answer with a row, and what stands behind such a one only runs once the row was fetched
    connection.execute(pragmas).fetchall()


def open_writer(path: Path, *, vfs: str | None = None) -> apsw.Connection:
    """A connection that may write to an existing database."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    _configure(connection, _COMMON + _WRITER)
    return connection


def open_reader(path: Path, *, vfs: str | None = None) -> apsw.Connection:
    """A connection that cannot write, whatever SQL it is given."""
    connection = apsw.Connection(
        f"file:{quote(str(path))}?mode=ro", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI, vfs=vfs
    )
    _configure(connection, _COMMON)
    return connection


def open_memory() -> apsw.Connection:
    """A database of its own that lives as long as the connection."""
    connection = apsw.Connection(":memory:")
    _configure(connection, _COMMON + _WRITER)
    return connection


@contextmanager
def speaking_of(where: str) -> Iterator[None]:
    """Turn SQLite's complaints into ours, naming the database."""
    try:
        yield
    except apsw.Error as error:
        raise translated(error, where) from error


def _lacks_shared_memory(error: apsw.Error) -> bool:
    """On a full disk SQLite cannot even make the file beside the database through which processes share its log."""
    return isinstance(error, apsw.IOError) and getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE


def _is_unfit(error: apsw.Error) -> bool:
    """A number beyond 64 bits comes out of JSON as one that no column of whole numbers takes."""
    return isinstance(error, (apsw.TooBigError, apsw.MismatchError)) or (
        isinstance(error, apsw.ConstraintError)
        and getattr(error, "extendedresult", 0) == apsw.SQLITE_CONSTRAINT_DATATYPE
    )


def translated(error: apsw.Error, where: str) -> StoreError:
    """What a complaint of SQLite's means to the store's callers."""
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return StoreBusyError(f"another process keeps the database {where} busy; it is safe to try again")
    if isinstance(error, apsw.FullError) or _lacks_shared_memory(error):
        return StoreFullError(
            f"no room left on the disk of {where}; make room, the runs' journals keep what came since"
        )
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return CorruptStoreError.at(where, str(error))
    if isinstance(error, apsw.IOError):
        return StoreBrokenError(f"the disk failed under the database {where} ({error})")
    if isinstance(error, (apsw.ReadOnlyError, apsw.PermissionsError, apsw.CantOpenError, apsw.AuthError)):
        return UnsuitablePlaceError(
            f"the database {where} cannot be opened for writing ({error}); check its permissions"
        )
    unfit = UnfitValueError(f"a value cannot be stored in the database {where} ({error})")
    return unfit if _is_unfit(error) else StoreError(f"the database {where}: {error}")
