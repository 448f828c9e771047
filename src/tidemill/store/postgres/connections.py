"""The connections of a store in PostgreSQL: some that write, some that read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tidemill.store.postgres.complaints import speaking_of
from tidemill.store.postgres.pool import PATIENCE_SECONDS, Pool
from tidemill.store.postgres.session import PostgresSession
from tidemill.store.postgres.watching import DatabaseWatch
from tidemill.store.session import Connections
from tidemill.system.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import psycopg

    from tidemill.store.postgres.address import Address

#: Each group of writes is one transaction; the second connection begins while the first waits for its commit.
WRITERS: Final = 2
READERS: Final = 4
#: How long a transaction waits for rows that another holds, before it is undone and may be made again.
LOCK_TIMEOUT: Final = "10s"
#: The transaction has its number from its beginning on, before it takes any ``seq``: see ``store/tailing.py``.
_BEGIN: Final = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SELECT pg_current_xact_id()"
).encode()


class PostgresConnections(Connections):
    """Connections to one database.

    A transaction that met another one's (a deadlock, a lock held too long), or whose connection was lost, raises
    StoreUnavailableError; whoever asked for it makes the whole of it again. Where the connection was lost at the commit
    it may have been made: a batch made again is skipped, since it says how far it goes, and other requests carry ids.
    """

    def __init__(
        self,
        address: Address,
        *,
        writers: int = WRITERS,
        readers: int = READERS,
        patience_seconds: float | None = PATIENCE_SECONDS,
    ) -> None:
        super().__init__()
        self.where = address.where
        self._address = address
        self._writers = Pool(address, writers, patience_seconds)
        self._readers = Pool(address, readers, patience_seconds)

    @contextmanager
    def _transaction(self) -> Iterator[PostgresSession]:
        with speaking_of(self.where), self._writers.connection() as connection:
            connection.execute(_BEGIN, prepare=False)
            with _committed(connection):
                yield PostgresSession(connection)

    def _speaking(self) -> AbstractContextManager[None]:
        return speaking_of(self.where)

    @contextmanager
    def _snapshot(self) -> Iterator[PostgresSession]:
        with speaking_of(self.where), self._readers.connection() as connection:
            yield PostgresSession(connection)

    @contextmanager
    def alone(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection without a transaction, for steps of migration."""
        with speaking_of(self.where), self._writers.connection() as connection:
            yield connection

    def watch(self) -> DatabaseWatch:
        """What notices that somebody wrote to the database."""
        return DatabaseWatch(self._address)

    def close(self) -> None:
        """Let go of the database; nothing is pending. The store cannot be used afterwards."""
        self._writers.close()
        self._readers.close()


@contextmanager
def _committed(connection: psycopg.Connection[Any]) -> Iterator[None]:
    try:
        yield
        failpoint("store.before_commit")
        connection.execute(b"COMMIT", prepare=False)
        failpoint("store.after_commit")
    except BaseException:
        if not connection.broken and not connection.closed:
            connection.execute(b"ROLLBACK", prepare=False)
        raise
