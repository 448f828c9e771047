"""The store of servers: one PostgreSQL database, any number of replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.postgres import migrating
from tidemill.store.postgres.address import address_of
from tidemill.store.postgres.connections import LOCK_SECONDS, READERS, WRITERS, PostgresConnections
from tidemill.store.postgres.pool import PATIENCE_SECONDS
from tidemill.store.store import Store

if TYPE_CHECKING:
    from typing import Self


class PostgresStore(Store):
    """What happened, kept in PostgreSQL."""

    @classmethod
    def open(
        cls,
        url: str,
        *,
        migrate: bool = True,
        writers: int = WRITERS,
        readers: int = READERS,
        patience_seconds: float | None = PATIENCE_SECONDS,
        lock_seconds: float = LOCK_SECONDS,
        statement_seconds: float | None = None,
        migration_seconds: float | None = None,
        recycle_seconds: float | None = None,
    ) -> Self:
        """The store in the database at ``url``, whose tables are made if they are not there.

        ``migrate``: bring an older schema up to date; else OutdatedStoreError is raised for it. ``writers`` and
        ``readers`` are how many connections are kept for each, ``patience_seconds`` how long one of them is waited for
        (``None``: until it is free), ``lock_seconds`` how long a transaction waits for rows that another holds.
        ``statement_seconds`` and ``migration_seconds`` are the longest that a statement may take, and one of a step of
        migration (``None``: any). A connection that is older than ``recycle_seconds`` is replaced. Raises
        StoreUnavailableError where the database cannot be reached, and StoreRefusedError where it is newer than we are,
        another program's, or not fit to keep what it acknowledges.
        """
        address = address_of(url)
        connections = PostgresConnections(
            address,
            writers=writers,
            readers=readers,
            patience_seconds=patience_seconds,
            lock_seconds=lock_seconds,
            statement_seconds=statement_seconds,
            recycle_seconds=recycle_seconds,
        )
        try:
            with connections.alone(migration_seconds) as connection:
                if migrate:
                    migrating.migrate(connection, address.where)
                else:
                    migrating.refuse_outdated(connection, address.where)
        except BaseException:
            connections.close()
            raise
        return cls(connections)
