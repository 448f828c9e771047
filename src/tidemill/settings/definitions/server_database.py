"""The server's database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.settings.declare import Group, group, setting

if TYPE_CHECKING:
    from tidemill.settings.kinds import DatabaseDriver
    from tidemill.settings.secret import Secret

_NO_ORM = "tidemill speaks SQL without SQLAlchemy"
_NO_RUSH = "a server has a fixed number of threads that ask its database, and a rush waits for these"


class SQLAlchemyTLSSettings(Group):
    """Encrypted connections to PostgreSQL."""

    enabled: bool = setting(False, "encrypt the connection")
    ca_file: str | None = setting(None, "certificate of the authority to trust")
    cert_file: str | None = setting(None, "our certificate")
    key_file: str | None = setting(None, "our certificate's key")
    check_hostname: bool = setting(True, "the server's certificate must bear its name")


class SQLAlchemyConnectArgsSettings(Group):
    """What a connection to PostgreSQL says of itself."""

    application_name: str | None = setting(None, "name shown in pg_stat_activity")
    search_path: str | None = setting(None, "schemas to look in")
    statement_cache_size: int | None = setting(None, "prepared statements kept", no_effect=_NO_ORM)
    prepared_statement_cache_size: int | None = setting(None, "prepared statements kept", no_effect=_NO_ORM)
    tls: SQLAlchemyTLSSettings = group(SQLAlchemyTLSSettings)


class SQLAlchemySettings(Group):
    """The pool of connections; the names are those that scripts know."""

    pool_size: int = setting(
        5,
        "connections to PostgreSQL at most: two that write, the others, at least one, read",
        aliases=("SQLALCHEMY_POOL_SIZE",),
    )
    pool_recycle: int = setting(
        3600, "age at which a connection to PostgreSQL is replaced; -1 is never", unit="seconds"
    )
    pool_timeout: float | None = setting(30.0, "how long to wait for a free connection to PostgreSQL", unit="seconds")
    max_overflow: int = setting(
        10, "connections opened beyond those, for a rush", aliases=("SQLALCHEMY_MAX_OVERFLOW",), no_effect=_NO_RUSH
    )
    connect_args: SQLAlchemyConnectArgsSettings = group(SQLAlchemyConnectArgsSettings)


class ServerDatabaseSettings(Group):
    """Where the server's data is."""

    connection_url: Secret | None = setting(
        None,
        "the database; unset, made from driver, host and the rest, else tidemill.db in the home",
        aliases=("API_DATABASE_CONNECTION_URL",),
    )
    driver: DatabaseDriver | None = setting(
        None, "kind of database, where no URL is given", aliases=("API_DATABASE_DRIVER",)
    )
    host: str | None = setting(None, "host, where no URL is given", aliases=("API_DATABASE_HOST",))
    port: int | None = setting(None, "port, where no URL is given", aliases=("API_DATABASE_PORT",))
    user: str | None = setting(None, "user, where no URL is given", aliases=("API_DATABASE_USER",))
    name: str | None = setting(None, "database, or SQLite file, where no URL is given", aliases=("API_DATABASE_NAME",))
    password: Secret | None = setting(
        None, "password, put where a URL says ${TIDEMILL_API_DATABASE_PASSWORD}", aliases=("API_DATABASE_PASSWORD",)
    )
    echo: bool = setting(
        False,
        "log every statement, without what is bound to it (logger tidemill.store.statements)",
        aliases=("API_DATABASE_ECHO",),
    )
    migrate_on_start: bool = setting(
        True, "bring the schema up to date when the server starts", aliases=("API_DATABASE_MIGRATE_ON_START",)
    )
    migration_timeout: float | None = setting(
        None, "longest a statement of a migration may take on PostgreSQL; unset, any", unit="seconds", above=0
    )
    timeout: float | None = setting(
        10.0,
        "longest a statement may take on PostgreSQL without a pooler; on SQLite, longest wait for a lock",
        unit="seconds",
        aliases=("API_DATABASE_TIMEOUT",),
    )
    connection_timeout: float | None = setting(
        5.0, "longest connecting to PostgreSQL may take", unit="seconds", aliases=("API_DATABASE_CONNECTION_TIMEOUT",)
    )
    sqlalchemy: SQLAlchemySettings = group(SQLAlchemySettings)
