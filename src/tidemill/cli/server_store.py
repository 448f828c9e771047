"""The database that a server here would serve: the one the settings name, which is the home's unless they say more."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tidemill.cli.home import opened_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.store.store import Store


class ServerStore(NamedTuple):
    """A store, and the moment at which it was opened in microseconds since 1970."""

    store: Store
    now_us: int


@contextmanager
def opened_server_store() -> Iterator[ServerStore]:
    """The store, closed afterwards."""
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - reads files, which --help does without

    settings = get_current_settings()
    address = settings.server.database.connection_url
    if not address or address.get_secret_value() == f"sqlite:///{settings.home / 'tidemill.db'}":
        with opened_home() as home:
            yield ServerStore(home.store, home.clock.now_us())
        return
    from tidemill.store.opening import open_store  # noqa: PLC0415 - loads the store, as above
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    with open_store(address.get_secret_value(), migrate=settings.server.database.migrate_on_start) as store:
        yield ServerStore(store, SystemClock().now_us())
