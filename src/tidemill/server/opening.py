"""A server's store, opened and tended: what dead processes left is finished, what lives is given time to come back."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from math import inf
from typing import TYPE_CHECKING

from tidemill.api.embedded import Recording
from tidemill.api.lost_boot import check_after_lost_boot
from tidemill.api.tending import tend
from tidemill.journal.file import journal_path
from tidemill.server import system_blocks
from tidemill.server.database import home_database
from tidemill.store.configured import open_server_store
from tidemill.store.errors import StoreBusyError, TakenError
from tidemill.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock


@contextmanager
def opened_store(settings: Settings, clock: Clock, *, first: bool = True) -> Iterator[Store]:
    """The store to serve. ``first``: nobody of this server has tended it yet."""
    with open_server_store(settings) as store:
        if first:
            welcome_back(store, settings, clock)
            with suppress(TakenError, StoreBusyError), store.together():  # another server is doing it
                system_blocks.install(store, clock.now_us())
        yield store


def welcome_back(store: Store, settings: Settings, clock: Clock) -> None:
    """Give whoever could not beat while no server was there one more lease; then finish what the dead of here left.

    Who writes a journal in this home is spared the first part: the lock on that file says at once whether it lives.
    """
    path = home_database(settings)
    journals = settings.home / "journal"
    if path is not None and isinstance(store, SqliteStore):
        check_after_lost_boot(store, path)
    now = clock.now_us()
    lease_until = now + int(settings.lease_seconds * 1_000_000)
    for producer in store.producers_not_ended():
        here = path is not None and journal_path(journals, producer.id).exists()
        if not here and (producer.lease_until_us or 0) < lease_until:
            store.beat(producer.id, now, lease_until)
    if path is not None:
        tend(store, journals, clock, Recording(lease_seconds=settings.lease_seconds, keep_seconds=inf))
