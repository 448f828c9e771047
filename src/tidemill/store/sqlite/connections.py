"""The connections of one store: a writer that threads take in turn, and readers that they share out.

A process that forks must not use its parent's connections: the child gets new ones, and the inherited ones are kept,
unused and unclosed, since closing them would meddle with the parent's locks.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Final

import apsw

from tidemill.store.errors import StoreBusyError, StoreError
from tidemill.store.sqlite import migrations, place
from tidemill.store.sqlite.connection import (
    WAL_LIMIT_BYTES,
    check_library,
    open_memory,
    open_reader,
    open_writer,
    speaking_of,
    translated,
)
from tidemill.system.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How often a write that met another process's transaction is tried again; each try waits up to 5 s.
WRITE_ATTEMPTS: Final = 6
_PAGE_BYTES: Final = 4096
_inherited: list[object] = []


@dataclass(frozen=True)
class WalSizes:
    """How large the write-ahead log may grow, in bytes, before something is done about it."""

    #: Copied into the database from here on. A trade: each copy costs two syncs, however little it copies.
    checkpoint: int = 16 * 1024 * 1024
    #: From here on writers wait for the readers that keep the log from being reset.
    pressing: int = 48 * 1024 * 1024
    #: From here on nothing is written until the log has been reset.
    full: int = WAL_LIMIT_BYTES


class FileConnections:
    """Connections to a database file."""

    def __init__(self, path: Path, *, vfs: str | None = None, wal: WalSizes | None = None) -> None:
        self._wal = wal or WalSizes()
        self.where = str(path)
        self._path = path
        self._vfs = vfs
        self._closed = False
        self._connect()

    def _connect(self) -> None:
        self._pid = os.getpid()
        self._lock = RLock()
        self._idle_readers: list[apsw.Connection] = []
        self._wal_bytes = 0
        with speaking_of(self.where):
            self._writer = open_writer(self._path, vfs=self._vfs)
            version = migrations.version_of(self._writer)
            place.check_version(self._path, version)
            if version < migrations.CURRENT:
                migrations.migrate(self._writer)
            self._writer.set_wal_hook(self._wal_grew)

    def _wal_grew(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._wal_bytes = pages * _PAGE_BYTES
        return 0

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction: committed at the end, undone when it fails. Waits its turn, then for other processes."""
        self._in_this_process()
        with self._lock, speaking_of(self.where):
            if self._wal_bytes >= self._wal.pressing:
                self._shrink_wal()
            _begin(self._writer, self.where)
            with _transaction(self._writer):
                yield self._writer
            if self._wal_bytes >= self._wal.checkpoint:
                self._checkpoint(apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _checkpoint(self, mode: int) -> None:
        try:
            in_log, _copied = self._writer.wal_checkpoint(mode=mode)
        except (apsw.BusyError, apsw.FullError):  # the log has it; the next commit tries again
            return
        self._wal_bytes = in_log * _PAGE_BYTES

    def _shrink_wal(self) -> None:
        self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        if self._wal_bytes >= self._wal.full:
            raise StoreBusyError(
                f"a long reader of {self.where} keeps its write-ahead log at "
                f"{self._wal_bytes >> 20} MiB; what comes "
                "now waits in the runs' journals until the reader is done"
            )

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """A connection for queries; each sees what was committed before it began."""
        self._in_this_process()
        with speaking_of(self.where):
            try:
                connection = self._idle_readers.pop()
            except IndexError:
                connection = open_reader(self._path, vfs=self._vfs)
            try:
                yield connection
            finally:
                self._idle_readers.append(connection)

    def _in_this_process(self) -> None:
        if self._closed:
            raise StoreError(f"the store {self.where} was closed")
        if self._pid != os.getpid():
            _inherited.extend((self._writer, self._idle_readers))
            self._connect()

    def close(self) -> None:
        """Let go of the file; nothing is pending. The store cannot be used afterwards."""
        if self._closed or self._pid != os.getpid():
            return
        self._closed = True
        with self._lock:
            for reader in self._idle_readers:
                reader.close()
            self._writer.close()


class MemoryConnections:
    """One connection to a database in memory, which readers and writers take in turn."""

    where = "in memory"

    def __init__(self) -> None:
        self._lock = RLock()
        self._connection = open_memory()
        migrations.migrate(self._connection)

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction: committed at the end, undone when it fails."""
        with self._lock, speaking_of(self.where):
            self._connection.execute("BEGIN IMMEDIATE")
            with _transaction(self._connection):
                yield self._connection

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """The connection, for queries."""
        with self._lock, speaking_of(self.where):
            yield self._connection

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()


Connections = FileConnections | MemoryConnections


def open_file(path: Path, *, vfs: str | None = None, wal: WalSizes | None = None) -> FileConnections:
    """Connections to the database at ``path``, which is made if it is not there."""
    check_library()
    with speaking_of(str(path)):
        place.ensure(path)
    return FileConnections(path, vfs=vfs, wal=wal)


def _begin(connection: apsw.Connection, where: str) -> None:
    for attempt in range(1, WRITE_ATTEMPTS + 1):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except apsw.BusyError as error:
            if attempt == WRITE_ATTEMPTS:
                raise translated(error, where) from error
        else:
            return


@contextmanager
def _transaction(connection: apsw.Connection) -> Iterator[None]:
    try:
        yield
        failpoint("store.before_commit")
        connection.execute("COMMIT")
        failpoint("store.after_commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
