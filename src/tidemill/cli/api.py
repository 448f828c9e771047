"""The API that commands ask: a server's where one is named, else this home's own, within the process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.api.client.client import Client
    from tidemill.api.client.transport import Transport
    from tidemill.api.embedded import Home
    from tidemill.settings import Settings


@contextmanager
def opened_api(*, root: bool = False) -> Iterator[Client]:
    """A client, let go of afterwards. ``root``: its paths stand beside the API's prefix, not below it."""
    from tidemill.api.client.client import Client  # noqa: PLC0415 - not for --help
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above

    settings = get_current_settings()
    if settings.api.url is None:
        from tidemill.cli.home import opened_home  # noqa: PLC0415 - loads the store, which a server's clients do without

        with opened_home() as home:
            yield Client(_in_process(home, settings))
        return
    url = settings.api.url.rstrip("/")
    with Client(_over_http(url.removesuffix("/api") if root else url, settings)) as client:
        yield client


@contextmanager
def api_of(home: Home) -> Iterator[Client]:
    """A client of whoever has the store of a home that is open."""
    from tidemill.api.client.client import Client  # noqa: PLC0415 - as above
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above

    settings = get_current_settings()
    transport = _in_process(home, settings) if home.store_is_here else _over_http(home.store.where, settings)
    with Client(transport) as client:
        yield client


def _in_process(home: Home, settings: Settings) -> Transport:
    from tidemill.server.in_process import InProcess  # noqa: PLC0415 - loads every route
    from tidemill.store.sqlite.run_store import SqliteRunStore  # noqa: PLC0415 - loads the store

    assert isinstance(home.store, SqliteRunStore)  # a home without an API URL has one of its own
    return InProcess(home.store.whole(), home.clock, settings)


def _over_http(url: str, settings: Settings) -> Transport:
    from tidemill.api.client.http import HttpTransport  # noqa: PLC0415 - brings httpx
    from tidemill.api.remote.login import login_of  # noqa: PLC0415 - as above
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    return HttpTransport(url, SystemClock(), login_of(settings))
