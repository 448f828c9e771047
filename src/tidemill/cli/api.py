"""The API that commands ask: a server's where one is named, else this home's own, within the process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.api.client.client import Client
    from tidemill.settings import Settings


@contextmanager
def opened_api() -> Iterator[Client]:
    """A client, let go of afterwards."""
    from tidemill.api.client.client import Client  # noqa: PLC0415 - not for --help
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above

    settings = get_current_settings()
    if settings.api.url is None:
        from tidemill.cli.home import opened_home  # noqa: PLC0415 - loads the store, which a server's clients do without
        from tidemill.server.in_process import InProcess  # noqa: PLC0415 - as above
        from tidemill.store.store import Store  # noqa: PLC0415 - as above

        with opened_home() as home:
            assert isinstance(home.store, Store)  # a home without an API URL has one of its own
            yield Client(InProcess(home.store, home.clock, settings))
        return
    with Client(_over_http(settings.api.url, settings)) as client:
        yield client


def _over_http(url: str, settings: Settings):
    from tidemill.api.client.http import HttpTransport  # noqa: PLC0415 - brings httpx
    from tidemill.api.remote.login import login_of  # noqa: PLC0415 - as above
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    return HttpTransport(url, SystemClock(), login_of(settings))
