"""The store that a server's settings ask for."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from tidemill.store.addresses import is_postgres, need_psycopg, sqlite_path
from tidemill.store.urls import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidemill.settings import Settings
    from tidemill.settings.definitions.server_database import ServerDatabaseSettings, SQLAlchemyTLSSettings
    from tidemill.store.store import Store

#: A server has others waiting behind who waits for a lock, and tells its clients to come again. In seconds.
_LOCK_SECONDS: Final = 2.0


def open_server_store(settings: Settings) -> Store:
    """The store of a server with these settings: at the address they say, else in the home.

    Raises what ``open_configured`` raises.
    """
    database, in_home = settings.server.database, settings.home / "tidemill.db"
    url = database.connection_url
    if url is None or url.get_secret_value() == f"sqlite:///{in_home}":  # a path is not quoted there
        return _echoed(_open_file(in_home, database), database)
    return open_configured(database)


def open_configured(database: ServerDatabaseSettings) -> Store:
    """The store at the settings' address, with the number of connections and the encryption that they ask for.

    What the address says itself goes before the settings. Raises OptionError for an address that is none, and what
    SqliteStore.open and PostgresStore.open raise: OutdatedStoreError for an older schema where ``migrate_on_start`` is
    off.
    """
    url = "" if database.connection_url is None else database.connection_url.get_secret_value()
    if is_postgres(url):
        return _echoed(_open_postgres(url, database), database)
    path = sqlite_path(url)
    return _echoed(_open_file(path, database), database)


def _open_file(path: Path | None, database: ServerDatabaseSettings) -> Store:
    from tidemill.store.sqlite.connections import BUSY_SECONDS  # noqa: PLC0415 - apsw, for those who have no other
    from tidemill.store.sqlite.store import SqliteStore  # noqa: PLC0415 - likewise

    if path is None:
        return SqliteStore.in_memory()
    return SqliteStore.open(path, migrate=database.migrate_on_start, busy_seconds=database.timeout or BUSY_SECONDS)


def _open_postgres(url: str, database: ServerDatabaseSettings) -> Store:
    need_psycopg()
    from tidemill.store.postgres.connections import WRITERS  # noqa: PLC0415 - psycopg, for those who have it
    from tidemill.store.postgres.store import PostgresStore  # noqa: PLC0415 - likewise

    pool = database.sqlalchemy
    return PostgresStore.open(
        with_parameters(url, database),
        migrate=database.migrate_on_start,
        readers=max(1, pool.pool_size - WRITERS),
        patience_seconds=pool.pool_timeout,
        lock_seconds=_LOCK_SECONDS,
        statement_seconds=database.timeout,
        migration_seconds=database.migration_timeout,
        recycle_seconds=pool.pool_recycle if pool.pool_recycle > 0 else None,
    )


def _echoed(store: Store, database: ServerDatabaseSettings) -> Store:
    if not database.echo:
        return store
    from tidemill.store.echoing import echoing  # noqa: PLC0415 - for those who look into it

    return echoing(store)


def with_parameters(url: str, database: ServerDatabaseSettings) -> str:
    """The address, with what the settings say of a connection and it does not."""
    parts = parts_of(url)
    bare, said = parts.bare(parts.kind), dict(parse_qsl(parts.query))
    encryption = {} if said.keys() & {"ssl", "sslmode"} else dict(_encryption(database.sqlalchemy.connect_args.tls))
    given = dict(_parameters(database)) | encryption | said
    return f"{bare}?{urlencode(given)}" if given else bare


def _parameters(database: ServerDatabaseSettings) -> Iterator[tuple[str, str]]:
    if database.connection_timeout is not None:
        yield "connect_timeout", str(ceil(database.connection_timeout))
    wanted = database.sqlalchemy.connect_args
    if wanted.application_name:
        yield "application_name", wanted.application_name
    if wanted.search_path:
        yield "options", f"-csearch_path={wanted.search_path}"


def _encryption(tls: SQLAlchemyTLSSettings) -> Iterator[tuple[str, str]]:
    if not tls.enabled:
        return
    checked = "verify-full" if tls.check_hostname else "verify-ca"
    yield "sslmode", checked if tls.ca_file or tls.check_hostname else "require"
    for name, file in (("sslrootcert", tls.ca_file), ("sslcert", tls.cert_file), ("sslkey", tls.key_file)):
        if file:
            yield name, file
    if not tls.ca_file and tls.check_hostname:
        yield "sslrootcert", "system"
