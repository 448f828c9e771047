"""The store of an embedded tidemill: one SQLite file, many processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.sqlite.applying import apply_batch
from tidemill.store.sqlite.connections import Connections, MemoryConnections, open_file

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from tidemill.domain.entries import Batch


class SqliteStore:
    """What happened, kept in SQLite. Any thread may use it; so may a forked child."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @classmethod
    def open(cls, path: Path, *, vfs: str | None = None) -> Self:
        """The store in the file at ``path``, which is made if it is not there.

        Raises StoreRefusedError if something stands there that is not ours, is damaged or is newer than we are, or if
        the folder is on a network file system; the file is then left untouched.
        """
        return cls(open_file(path, vfs=vfs))

    @classmethod
    def in_memory(cls) -> Self:
        """A store of its own that is gone when it is closed; for tests."""
        return cls(MemoryConnections())

    @property
    def where(self) -> str:
        """Where it is, for messages."""
        return self._connections.where

    def close(self) -> None:
        """Let go of the file. Everything that was acknowledged is already safe."""
        self._connections.close()

    def apply(self, batch: Batch) -> int:
        """Take in a batch: whole, once, in one transaction, safe on disk when this returns.

        Returns the last sequence number applied. Entries of a root run that someone else has claimed since are kept
        aside (table ``late_report``) and change nothing. Raises StoreUnavailableError where trying again may help,
        GapError where entries before the batch are missing.
        """
        with self._connections.writing() as connection:
            return apply_batch(connection, batch)
