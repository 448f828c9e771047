"""Which database a server serves: the one that its settings name, unsaid the home's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.opening import open_store, sqlite_path

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.settings import Settings
    from tidemill.store.store import Store


def open_database(settings: Settings) -> Store:
    """The store to serve, made if it is not there, and brought up to date if the settings do not say otherwise."""
    path = home_database(settings)
    if path is None:
        return open_store(address_of(settings), migrate=settings.server.database.migrate_on_start)
    from tidemill.store.sqlite.store import SqliteStore  # noqa: PLC0415 - who has PostgreSQL needs no apsw

    return SqliteStore.open(path, migrate=settings.server.database.migrate_on_start)


def home_database(settings: Settings) -> Path | None:
    """The home's own database, where that is the one to serve: flows of this machine write to it too."""
    path = settings.home / "tidemill.db"
    address = address_of(settings)
    if address == f"sqlite:///{path}":
        return path
    return path if not address.startswith("postgres") and sqlite_path(address) == path else None


def address_of(settings: Settings) -> str:
    """The database's address, with its password."""
    said = settings.server.database.connection_url
    return said.get_secret_value() if said else f"sqlite:///{settings.home / 'tidemill.db'}"


def shown_address(settings: Settings) -> str:
    """The database's address for people: a path, or an address without its password."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - told once

    address = address_of(settings)
    path = home_database(settings)
    if path is not None:
        return str(path)
    parts = urlsplit(address)
    if parts.scheme.startswith("postgres"):
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return str(sqlite_path(address) or "in memory")
