"""The schema of a database by its address, for whoever looks after it."""

from __future__ import annotations

from tidemill.store.migrations import CURRENT
from tidemill.store.postgres import migrating
from tidemill.store.postgres.address import address_of
from tidemill.store.postgres.connections import PostgresConnections


def version_of(url: str) -> int:
    """The last step the database took."""
    connections = PostgresConnections(address_of(url))
    try:
        with connections.alone() as connection:
            return migrating.version_of(connection)
    finally:
        connections.close()


def migrate_to(url: str, target: int = CURRENT) -> None:
    """Take the steps that lead there."""
    connections = PostgresConnections(address_of(url))
    try:
        with connections.alone() as connection:
            migrating.migrate(connection, connections.where, target)
    finally:
        connections.close()
