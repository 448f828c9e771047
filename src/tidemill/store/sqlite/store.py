"""The store of an embedded tidemill: one SQLite file, many processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.sqlite import place
from tidemill.store.sqlite.access.decisions import Decisions
from tidemill.store.sqlite.access.inputs import Inputs
from tidemill.store.sqlite.access.limits import Limits
from tidemill.store.sqlite.access.producers import Producers
from tidemill.store.sqlite.access.questions import Questions
from tidemill.store.sqlite.access.removing import Removing
from tidemill.store.sqlite.access.suspending import Suspensions
from tidemill.store.sqlite.applying import apply_batch
from tidemill.store.sqlite.connections import MemoryConnections, open_file

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from tidemill.domain.entries import Batch


class SqliteStore(Questions, Decisions, Suspensions, Removing, Inputs, Producers, Limits):
    """What happened, kept in SQLite. Any thread may use it; so may a forked child.

    Times are microseconds since 1970, UTC, and are the caller's: a store looks at no clock. What writes may raise
    StoreUnavailableError: nothing was changed, and trying again later may help.
    """

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self) -> None:
        """Look through the whole database for damage (a second per GiB); raises CorruptStoreError."""
        with self._connections.reading() as connection:
            place.check_integrity(connection, self.where)

    def apply(self, batch: Batch, *, own: bool = False) -> int:
        """Take in a batch: whole, once, in one transaction, safe on disk when this returns.

        Entries are numbered from 1; those already applied are skipped. Returns the last number applied: if that is
        not the batch's last one, entries before the batch are missing and nothing was applied; go on behind it. Entries
        of a root run that is someone else's by now, and malformed ones (not looked for in ``own``), are kept aside.
        """
        with self._connections.writing() as connection:
            return apply_batch(connection, batch, doubted=not own)
