"""Opening connections, each looked at for what the promise of durability rests on."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from psycopg import adapt
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import FloatLoader, Int8Dumper
from psycopg.types.string import StrDumperUnknown, TextLoader

from tidemill.store.errors import UnsuitablePlaceError
from tidemill.store.postgres.exchange import ExchangingConnection
from tidemill.store.postgres.waiting import is_ready

if TYPE_CHECKING:
    import psycopg

    from tidemill.store.postgres.address import Address

#: What came before it is no longer looked after by its makers, and lacks what we say.
OLDEST_POSTGRES: Final = 14
_LOOK: Final = b"""
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
    current_setting('synchronous_commit'), pg_backend_pid()
"""
#: Planning a batch's statements takes as long as running them, so what is said a second time is prepared.
_PREPARE_AFTER: Final = 1


class _WholeLoader(adapt.Loader):
    """Sums and roundings of whole numbers, which PostgreSQL tells as decimals."""

    def load(self, data: Any) -> float | int:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


class _FlagLoader(adapt.Loader):
    """Flags as numbers, as SQLite has them."""

    def load(self, data: Any) -> int:
        return int(bytes(data) == b"t")


def _words_for(connection: ExchangingConnection) -> None:
    adapters = connection.adapters
    adapters.register_dumper(int, Int8Dumper)  # else the size of a number would choose its type
    adapters.register_dumper(str, StrDumperUnknown)
    adapters.register_loader("numeric", _WholeLoader)
    adapters.register_loader("bool", _FlagLoader)
    adapters.register_loader("float8", FloatLoader)
    for kind in ("json", "jsonb", "xid8", "name"):
        adapters.register_loader(kind, TextLoader)


def open_connection(address: Address, statement_seconds: float | None = None) -> ExchangingConnection:
    """A connection that commits by itself what is not said to be a transaction.

    ``statement_seconds``: longest that one statement may take, unless a pooler stands between, which would keep that
    for other programs. Raises UnsuitablePlaceError for a database that cannot keep what it acknowledges, and psycopg's
    errors.
    """
    connection = ExchangingConnection.connect(address.conninfo, autocommit=True, prepare_threshold=None)
    try:
        ((*found, backend),) = connection.execute(_LOOK).fetchall()
        _check(address.where, *found)
        direct = backend == connection.info.backend_pid  # a pooler tells a number of its own
        connection.prepare_threshold = _prepare_threshold(address, direct)
        if direct and statement_seconds is not None:
            connection.execute(f"SET statement_timeout = {ceil(statement_seconds * 1000)}".encode())
    except BaseException:
        connection.close()
        raise
    _words_for(connection)
    return connection


def is_direct(connection: psycopg.Connection[Any]) -> bool:
    """Whether no pooler stands between, which may answer each transaction from another session."""
    ((backend,),) = connection.execute(b"SELECT pg_backend_pid()", prepare=False).fetchall()
    return bool(backend == connection.info.backend_pid)


def _prepare_threshold(address: Address, direct: bool) -> int | None:
    if address.prepare_threshold is None:
        return _PREPARE_AFTER if direct else None
    return None if address.prepare_threshold < 0 else address.prepare_threshold


def _check(where: str, version: int, encoding: str, synchronous_commit: str) -> None:
    if version < OLDEST_POSTGRES:
        raise UnsuitablePlaceError(
            f"the database {where} is PostgreSQL {version}; tidemill needs {OLDEST_POSTGRES} or newer"
        )
    if encoding != "UTF8":
        raise UnsuitablePlaceError(
            f"the database {where} keeps text as {encoding}, which has not every character. Create another with: "
            "CREATE DATABASE tidemill ENCODING 'UTF8' TEMPLATE template0"
        )
    if synchronous_commit == "off":
        raise UnsuitablePlaceError(
            f"the database {where} has synchronous_commit=off: it would acknowledge what a power cut takes away. "
            "Set it to on, for the user with: ALTER ROLE … SET synchronous_commit = on"
        )


def is_alive(connection: ExchangingConnection) -> bool:
    """Whether nothing speaks against an idle connection: something to read on it would be its end."""
    if connection.closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
        return False
    return not is_ready(connection.pgconn.socket, wait=False)
