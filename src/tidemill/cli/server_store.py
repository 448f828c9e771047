"""The database that a server here would serve: the one the settings name, else the home's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tidemill.cli.errors import Problem
from tidemill.cli.home import opened_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.settings.definitions.server_database import ServerDatabaseSettings
    from tidemill.store.store import Store

_PASSWORD = "${TIDEMILL_API_DATABASE_PASSWORD}"  # noqa: S105 - what stands for one


class ServerStore(NamedTuple):
    """A store, and the moment at which it was opened in microseconds since 1970."""

    store: Store
    now_us: int


@contextmanager
def opened_server_store() -> Iterator[ServerStore]:
    """The store, closed afterwards."""
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - reads files, which --help does without
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    url = _address(get_current_settings().server.database)
    if url is None:
        with opened_home() as home:
            yield ServerStore(home.store, home.clock.now_us())
        return
    from tidemill.store.opening import open_store  # noqa: PLC0415 - loads the store, as above

    with open_store(url, migrate=False) as store:
        yield ServerStore(store, SystemClock().now_us())


def _address(database: ServerDatabaseSettings) -> str | None:
    if database.connection_url:
        password = database.password.get_secret_value() if database.password else ""
        return database.connection_url.get_secret_value().replace(_PASSWORD, password)
    if database.driver or database.host or database.name:
        raise Problem(
            "the settings name the parts of a database's address, which this command cannot put together",
            hint="set TIDEMILL_API_DATABASE_CONNECTION_URL to the whole address",
        )
    return None
