"""The store of an embedded tidemill: one SQLite file, many processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.access.services import Services
from tidemill.store.run_store import RunStore
from tidemill.store.sqlite import place
from tidemill.store.sqlite.connections import BUSY_SECONDS, MemoryConnections, open_file

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from tidemill.store.store import Store


class SqliteRunStore(RunStore, Services):
    """What happened in runs, kept in SQLite; and whether a server serves it, which changes who judges leases."""

    @classmethod
    def open(
        cls, path: Path, *, vfs: str | None = None, migrate: bool = True, busy_seconds: float = BUSY_SECONDS
    ) -> Self:
        """The store in the file at ``path``, which is made if it is not there.

        ``migrate``: bring an older schema up to date; else OutdatedStoreError is raised for it.
        ``busy_seconds``: how long a write waits for other processes.
        Raises StoreRefusedError if something stands there that is not ours, is damaged or is newer than we are, or if
        the folder is on a network file system; the file is then left untouched.
        """
        return cls(open_file(path, vfs=vfs, migrate=migrate, busy_seconds=busy_seconds))

    @classmethod
    def in_memory(cls) -> Self:
        """A store of its own that is gone when it is closed; for tests."""
        return cls(MemoryConnections())

    def check(self) -> None:
        """Look through the whole database for damage (a second per GiB); raises CorruptStoreError."""
        with self._connections.reading() as session:
            place.check_integrity(session, self.where)

    def whole(self) -> Store:
        """All that a server asks of a store, over the same connections."""
        from tidemill.store.sqlite.store import SqliteStore  # noqa: PLC0415 - processes that run flows need less

        return SqliteStore(self._connections)
