"""The connections of one store: a writer that threads take in turn, and readers that they share out.

SQLite keeps what it has locked in the memory of the process, so a forked child would inherit locks that nobody gives
back: it would find the database locked for ever, or believe that it holds what it does not. So no connection crosses a
fork: the thread that forks waits for what is under way, closes all, and both processes open new ones when they need
them.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Condition, RLock
from typing import TYPE_CHECKING, Final

import apsw

from tidemill.store.errors import OutdatedStoreError, StoreBusyError, StoreError
from tidemill.store.migrations import CURRENT
from tidemill.store.session import Connections
from tidemill.store.sqlite import migrating, place
from tidemill.store.sqlite.connection import (
    BUSY_TIMEOUT_MS,
    WAL_LIMIT_BYTES,
    check_library,
    open_memory,
    open_reader,
    open_writer,
    speaking_of,
    translated,
)
from tidemill.store.sqlite.session import SqliteSession
from tidemill.store.sqlite.watching import CountWatch, watch_file
from tidemill.system.failpoints import failpoint
from tidemill.system.processes import keep_from_forks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

#: How long a write waits for other processes' transactions; that is tried again and again, since SQLite has no queue.
BUSY_SECONDS: Final = 30.0
_PAGE_BYTES: Final = 4096
#: A fork waits so long for what is under way. Whatever takes longer crosses it, and its connection is not used there.
_FORK_WAIT_SECONDS: Final = 60.0
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


class FileConnections(Connections):
    """Connections to a database file."""

    def __init__(
        self,
        path: Path,
        *,
        vfs: str | None = None,
        wal: WalSizes | None = None,
        migrate: bool = True,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        super().__init__()
        self._migrate = migrate
        self._attempts = max(1, round(busy_seconds * 1000 / BUSY_TIMEOUT_MS))
        self._attempt_ms = int(busy_seconds * 1000 / self._attempts)
        self._wal = wal or WalSizes()
        self.where = str(path)
        self._path = path
        self._vfs = vfs
        self._closed = False
        self._lock = RLock()
        self._readers = Condition()
        self._readers_at_work = 0
        self._forked_clean = True
        self._pid = os.getpid()
        self._idle_readers: list[apsw.Connection] = []
        self._wal_bytes = 0
        self._writer: apsw.Connection | None = None
        self._identity = place.now_open(path)  # before it is opened: nobody shall look into the file from then on
        try:
            self._connected()
        except BaseException:
            place.no_longer_open(self._identity)
            raise
        keep_from_forks(self)

    def _connected(self) -> apsw.Connection:
        """The writer's connection; opened anew after a fork."""
        if self._writer is not None:
            return self._writer
        with speaking_of(self.where):
            writer = open_writer(self._path, vfs=self._vfs)
            version = migrating.version_of(writer)
            place.check_version(self._path, version)
            if version < CURRENT:
                if not self._migrate:
                    writer.close()
                    raise OutdatedStoreError.at(self.where, version, CURRENT)
                migrating.migrate(writer)
            _use_log(writer)
            writer.set_wal_hook(self._wal_grew)
            writer.set_busy_timeout(self._attempt_ms)
        self._writer = writer
        return writer

    def before_fork(self) -> None:
        """Wait until nobody writes or reads, and close all connections."""
        self._lock.acquire()
        self._readers.acquire()
        self._forked_clean = self._readers.wait_for(lambda: not self._readers_at_work, _FORK_WAIT_SECONDS)
        if self._forked_clean:
            self._close_all()

    def after_fork(self) -> None:
        """In both processes: go on, with new connections."""
        if os.getpid() == self._pid:
            self._readers.release()
            self._lock.release()
            return
        self._pid = os.getpid()
        self._lock, self._readers, self._readers_at_work = RLock(), Condition(), 0
        if not self._forked_clean:
            _inherited.append((self._writer, self._idle_readers))
            self._writer, self._idle_readers = None, []

    def _wal_grew(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._wal_bytes = pages * _PAGE_BYTES
        return 0

    @contextmanager
    def _transaction(self) -> Iterator[SqliteSession]:
        """One transaction: committed at the end, undone when it fails. Waits its turn, then for other processes."""
        with self._lock, speaking_of(self.where):
            self._refuse_if_closed()
            writer = self._connected()
            if self._wal_bytes >= self._wal.pressing:
                self._shrink_wal(writer)
            _begin(writer, self.where, self._attempts)
            with _committed(writer):
                yield SqliteSession(writer)
            if self._wal_bytes >= self._wal.checkpoint:
                self._checkpoint(writer, apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _checkpoint(self, writer: apsw.Connection, mode: int) -> None:
        try:
            in_log, _copied = writer.wal_checkpoint(mode=mode)
        except (apsw.BusyError, apsw.FullError):  # the log has it; the next commit tries again
            return
        self._wal_bytes = in_log * _PAGE_BYTES

    def _shrink_wal(self, writer: apsw.Connection) -> None:
        self._checkpoint(writer, apsw.SQLITE_CHECKPOINT_TRUNCATE)
        if self._wal_bytes >= self._wal.full:
            raise StoreBusyError(
                f"a long reader of {self.where} keeps its write-ahead log at "
                f"{self._wal_bytes >> 20} MiB; what comes "
                "now waits in the runs' journals until the reader is done"
            )

    def _speaking(self) -> AbstractContextManager[None]:
        return speaking_of(self.where)

    @contextmanager
    def _snapshot(self) -> Iterator[SqliteSession]:
        """A connection for queries; each sees what was committed before it began."""
        with speaking_of(self.where):
            connection = self._borrow_reader()
            try:
                yield SqliteSession(connection)
            finally:
                self._give_back(connection)

    def _borrow_reader(self) -> apsw.Connection:
        with self._readers:
            self._refuse_if_closed()
            self._readers_at_work += 1
            if self._idle_readers:
                return self._idle_readers.pop()
        try:
            return open_reader(self._path, vfs=self._vfs)
        except BaseException:
            self._give_back(None)
            raise

    def _give_back(self, reader: apsw.Connection | None) -> None:
        with self._readers:
            self._readers_at_work -= 1
            if reader is not None:
                self._idle_readers.append(reader)
            self._readers.notify_all()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError(f"the store {self.where} was closed")

    def close(self) -> None:
        """Let go of the file; nothing is pending. The store cannot be used afterwards."""
        with self._lock, self._readers:
            if not self._closed:
                self._closed = True
                self._close_all()
                place.no_longer_open(self._identity)

    def watch(self) -> CountWatch:
        """What notices that somebody wrote to the file."""
        with speaking_of(self.where):
            return watch_file(self._path, self._vfs)

    def _close_all(self) -> None:
        while self._idle_readers:
            self._idle_readers.pop().close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class MemoryConnections(Connections):
    """One connection to a database in memory, which readers and writers take in turn."""

    where = "in memory"

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()
        self._connection = open_memory()
        self._connection.deserialize("main", migrating.empty_database())

    @contextmanager
    def _transaction(self) -> Iterator[SqliteSession]:
        """One transaction: committed at the end, undone when it fails."""
        with self._lock, speaking_of(self.where):
            self._connection.execute("BEGIN IMMEDIATE")
            with _committed(self._connection):
                yield SqliteSession(self._connection)

    def _speaking(self) -> AbstractContextManager[None]:
        return speaking_of(self.where)

    @contextmanager
    def _snapshot(self) -> Iterator[SqliteSession]:
        """The connection, for queries."""
        with self._lock, speaking_of(self.where):
            yield SqliteSession(self._connection)

    def watch(self) -> CountWatch:
        """What notices that somebody wrote here."""
        return CountWatch(self._changes)

    def _changes(self) -> int:
        with self._lock:
            return self._connection.total_changes()

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()


def open_file(
    path: Path,
    *,
    vfs: str | None = None,
    wal: WalSizes | None = None,
    migrate: bool = True,
    busy_seconds: float = BUSY_SECONDS,
) -> FileConnections:
    """Connections to the database at ``path``, which is made if it is not there."""
    check_library()
    with speaking_of(str(path)):
        place.ensure(path)
        return FileConnections(path, vfs=vfs, wal=wal, migrate=migrate, busy_seconds=busy_seconds)


def _use_log(writer: apsw.Connection) -> None:
    """Write ahead, as a new database does: one that VACUUM INTO or ``.recover`` made has forgotten it."""
    with suppress(apsw.BusyError):  # somebody has it open as it is; the next one to open it tries again
        writer.execute("PRAGMA journal_mode = WAL").fetchall()


def _begin(connection: apsw.Connection, where: str, attempts: int) -> None:
    for attempt in range(1, attempts + 1):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except apsw.BusyError as error:
            if attempt == attempts:
                raise translated(error, where) from error
        else:
            return


@contextmanager
def _committed(connection: apsw.Connection) -> Iterator[None]:
    try:
        yield
        failpoint("store.before_commit")
        connection.execute("COMMIT")
        failpoint("store.after_commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
