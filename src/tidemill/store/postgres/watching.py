"""Noticing what others wrote: the tables that are followed tell it, once for each transaction (step 6).

A pooler that hands out sessions for a transaction at a time passes no word on. Behind one, looking pays every second.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Final

import psycopg

from tidemill.store.errors import StoreError
from tidemill.store.postgres.connection import is_direct, open_connection

if TYPE_CHECKING:
    from tidemill.store.postgres.address import Address

#: As the triggers of step 6 call it.
CHANNEL: Final = b"LISTEN tidemill_live"
#: Whoever waits looks so often whether it should stop.
_TURN_SECONDS: Final = 0.5
#: How often a look pays where nobody tells.
POLL_SECONDS: Final = 1.0


class DatabaseWatch:
    """A connection of its own, that listens. While the database is away, every turn says that looking may pay."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._stopped = Event()
        self._connection: psycopg.Connection[object] | None = None
        self._is_told = True

    def wait(self, seconds: float) -> bool:
        """Until somebody tells, or for some seconds."""
        while seconds > 0 and not self._stopped.is_set():
            if not self._is_told:
                self._stopped.wait(min(POLL_SECONDS, seconds))
                return seconds >= POLL_SECONDS
            if self._heard(min(_TURN_SECONDS, seconds)):
                return True
            seconds -= _TURN_SECONDS
        return False

    def _heard(self, seconds: float) -> bool:
        try:
            if self._connection is None:
                self._listen()
                return True
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except (psycopg.Error, StoreError):  # away, or not fit for now; who looks is told which
            self.close()
            self._stopped.wait(seconds)
            return True

    def _listen(self) -> None:
        self._connection = open_connection(self._address)
        self._is_told = is_direct(self._connection)
        if self._is_told:
            self._connection.execute(CHANNEL)
        else:
            self.close()

    def stop(self) -> None:
        """Let whoever waits go."""
        self._stopped.set()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
