"""The connections of a store in PostgreSQL: some that write, some that read."""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg.pq import TransactionStatus

from tidemill.store.errors import StoreBusyError, StoreUncertainError
from tidemill.store.postgres.complaints import speaking_of, told
from tidemill.store.postgres.connection import open_connection
from tidemill.store.postgres.pool import PATIENCE_SECONDS, Pool
from tidemill.store.postgres.session import PostgresSession, refuse_if_failed
from tidemill.store.postgres.watching import DatabaseWatch
from tidemill.store.session import Connections
from tidemill.system.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from tidemill.store.postgres.address import Address
    from tidemill.store.postgres.exchange import ExchangingConnection, Told

#: Each group of writes is one transaction; the second connection begins while the first waits for its commit.
WRITERS: Final = 2
READERS: Final = 4
#: How long a transaction waits for rows that another holds, before it is undone and may be made again.
LOCK_SECONDS: Final = 10.0
#: The transaction has its number from its beginning on, before it takes any ``seq``: see ``store/tailing.py``.
_TO_BE_UNDONE: Final = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})
_BEGIN: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_LOCKS: Final = "SET LOCAL lock_timeout = {milliseconds}"
_NUMBER: Final = b"SELECT pg_current_xact_id()"
_STATE: Final = b"SELECT pg_xact_status(%s::xid8)"


class PostgresConnections(Connections):
    """Connections to one database.

    A transaction that met another one's (a deadlock, a lock held too long), or whose connection was lost, raises
    StoreUnavailableError; whoever asked for it makes the whole of it again. Where the connection was lost at the commit
    it may have been made (StoreUncertainError): a batch made again is skipped, since it says how far it goes; others
    ask which it was.
    """

    def __init__(
        self,
        address: Address,
        *,
        writers: int = WRITERS,
        readers: int = READERS,
        patience_seconds: float | None = PATIENCE_SECONDS,
        lock_seconds: float = LOCK_SECONDS,
        statement_seconds: float | None = None,
        recycle_seconds: float | None = None,
    ) -> None:
        super().__init__()
        self.where = address.where
        self._address = address
        self._lock_seconds = lock_seconds
        pool = partial(
            Pool,
            address,
            patience_seconds=patience_seconds,
            statement_seconds=statement_seconds,
            recycle_seconds=recycle_seconds,
        )
        self._writers, self._readers = pool(writers), pool(readers)

    @contextmanager
    def _transaction(self) -> Iterator[PostgresSession]:
        with speaking_of(self.where), self._writers.connection() as connection:
            number = _begin(connection, self._lock_seconds)
            with self._committed(connection, number):
                yield PostgresSession(connection)

    @contextmanager
    def _committed(self, connection: ExchangingConnection, number: Told) -> Iterator[None]:
        try:
            yield
            failpoint("store.before_commit")
            refuse_if_failed(connection)
            if not number.rows:
                connection.settle()  # else nobody could ask what became of it
            try:
                connection.tell(b"COMMIT", (), may_prepare=False)
                connection.settle()
            except psycopg.Error as error:
                if not connection.broken:
                    raise
                message = f"the connection to the database {self.where} was lost at a commit ({told(error)})"
                was_committed = partial(self._was_committed, int(number.rows[0][0]))
                raise StoreUncertainError(message, was_committed) from error
            failpoint("store.after_commit")
        except BaseException:
            connection.forget()
            if connection.pgconn.transaction_status in _TO_BE_UNDONE:
                connection.say(b"ROLLBACK")
            raise

    def _was_committed(self, number: int) -> bool:
        with speaking_of(self.where), self._readers.connection() as connection:
            try:
                ((state,),) = connection.execute(_STATE, (str(number),), prepare=False).fetchall()
            except psycopg.errors.InvalidParameterValue:  # of the future: this is another server, behind the one we had
                return False
        if state == "in progress":
            raise StoreBusyError(f"the database {self.where} has not ended a transaction whose connection was lost")
        return bool(state == "committed")

    def _speaking(self) -> AbstractContextManager[None]:
        return speaking_of(self.where)

    @contextmanager
    def _snapshot(self) -> Iterator[PostgresSession]:
        with speaking_of(self.where), self._readers.connection() as connection:
            try:
                yield PostgresSession(connection)
            finally:
                connection.forget()

    @contextmanager
    def alone(self, statement_seconds: float | None = None) -> Iterator[ExchangingConnection]:
        """A connection of its own, without a transaction, for steps of migration, which may take their time."""
        with speaking_of(self.where), closing(open_connection(self._address, statement_seconds)) as connection:
            yield connection

    def watch(self) -> DatabaseWatch:
        """What notices that somebody wrote to the database."""
        return DatabaseWatch(self._address)

    def close(self) -> None:
        """Let go of the database; nothing is pending. The store cannot be used afterwards."""
        self._writers.close()
        self._readers.close()


def _begin(connection: ExchangingConnection, lock_seconds: float) -> Told:
    """Begin, with the first statement that is waited for; answers the transaction's number by then."""
    connection.tell(_BEGIN, (), may_prepare=False)
    connection.tell(_LOCKS.format(milliseconds=int(lock_seconds * 1000)).encode(), (), may_prepare=False)
    return connection.tell(_NUMBER, (), may_prepare=True)
