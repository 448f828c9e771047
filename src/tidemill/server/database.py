"""Which database a server serves: the one that its settings name, unsaid the home's own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tidemill.store.addresses import is_postgres, sqlite_path
from tidemill.store.configured import with_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.settings import Settings


def home_database(settings: Settings) -> Path | None:
    """The home's own database, where that is the one to serve: flows of this machine write to it too."""
    path = settings.home / "tidemill.db"
    address = address_of(settings)
    if address == f"sqlite:///{path}":
        return path
    return path if not address.startswith("postgres") and sqlite_path(address) == path else None


def address_of(settings: Settings) -> str:
    """The database's address, with its password, and with what the settings say of connections to it."""
    said = settings.server.database.connection_url
    address = said.get_secret_value() if said else f"sqlite:///{settings.home / 'tidemill.db'}"
    return with_parameters(address, settings.server.database) if is_postgres(address) else address


def shown_address(settings: Settings) -> str:
    """The database's address for people: a path, or an address without its password."""
    address = address_of(settings)
    path = home_database(settings)
    if path is not None:
        return str(path)
    parts = urlsplit(address)
    if parts.scheme.startswith("postgres"):
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return str(sqlite_path(address) or "in memory")
