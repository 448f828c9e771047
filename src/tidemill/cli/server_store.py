"""The database that a server here would serve: the one the settings name, which is the home's unless they say more."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.settings import Settings
    from tidemill.store.store import Store


class ServerStore(NamedTuple):
    """A store, and the moment at which it was opened in microseconds since 1970."""

    store: Store
    now_us: int


@contextmanager
def opened_server_store() -> Iterator[ServerStore]:
    """The store, closed afterwards; also where an API URL leads this machine's own runs elsewhere."""
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - reads files, which --help does without
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    with _store(get_current_settings()) as store:
        yield ServerStore(store, SystemClock().now_us())


def _store(settings: Settings) -> Store:
    from tidemill.store.configured import open_server_store  # noqa: PLC0415 - loads the store, as above

    return open_server_store(settings)
