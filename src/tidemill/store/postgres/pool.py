"""A small fixed number of connections that threads take in turn.

No connection crosses a fork: two processes that speak through one would garble each other's words. So the thread that
forks waits for what is under way, closes all, and both processes open new ones when they need them.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from tidemill.store.errors import StoreBusyError, StoreError
from tidemill.store.postgres.connection import is_alive, open_connection
from tidemill.system.clock import SystemClock
from tidemill.system.processes import keep_from_forks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.store.postgres.address import Address
    from tidemill.store.postgres.exchange import ExchangingConnection
    from tidemill.system.clock import Clock

#: How long to wait for a connection that others use.
PATIENCE_SECONDS: Final = 30.0
#: A fork waits so long for what is under way. Whatever takes longer crosses it, and its connection is not used there.
_FORK_WAIT_SECONDS: Final = 60.0
_inherited: list[object] = []


class Pool:
    """Connections, opened when they are needed and kept."""

    def __init__(
        self,
        address: Address,
        size: int,
        patience_seconds: float | None,
        *,
        statement_seconds: float | None = None,
        recycle_seconds: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        """``patience_seconds``: how long one is waited for. ``recycle_seconds``: an older one is not used again.

        ``statement_seconds``: as of ``open_connection``.
        """
        self._patience = patience_seconds
        self._statement_seconds = statement_seconds
        self._recycle_seconds = recycle_seconds
        self._clock = clock or SystemClock()
        self._opened: WeakKeyDictionary[ExchangingConnection, float] = WeakKeyDictionary()
        self._address = address
        self._where = address.where
        self._size = size
        self._idle: list[ExchangingConnection] = []
        self._at_work = 0
        self._turns = Condition()
        self._closed = False
        self._forked_clean = True
        self._pid = os.getpid()
        keep_from_forks(self)

    @contextmanager
    def connection(self) -> Iterator[ExchangingConnection]:
        """One for this thread alone; what it leaves unfinished is undone by closing it.

        Raises StoreBusyError where none becomes free, and psycopg's errors where none can be opened.
        """
        taken = self._take()
        try:
            if taken is None:
                taken = open_connection(self._address, self._statement_seconds)
                self._opened[taken] = self._clock.monotonic()
            yield taken
        finally:
            self._give_back(taken)

    def _take(self) -> ExchangingConnection | None:
        with self._turns:
            if not self._turns.wait_for(lambda: self._closed or self._at_work < self._size, self._patience):
                raise StoreBusyError(
                    f"all {self._size} connections to the database {self._where} were in use for "
                    f"{self._patience:g} s; it is safe to try again"
                )
            if self._closed:
                raise StoreError(f"the store {self._where} was closed")
            found = self._usable()
            self._at_work += 1
            return found

    def _usable(self) -> ExchangingConnection | None:
        while self._idle:
            found = self._idle.pop()
            if is_alive(found) and not self._is_old(found):
                return found
            found.close()  # its server went away, and so will those of the others; or it has done its time
        return None

    def _is_old(self, connection: ExchangingConnection) -> bool:
        if self._recycle_seconds is None:
            return False
        return self._clock.monotonic() - self._opened[connection] >= self._recycle_seconds

    def _give_back(self, connection: ExchangingConnection | None) -> None:
        with self._turns:
            self._at_work -= 1
            if connection is not None:
                if self._closed or not is_alive(connection):
                    connection.close()
                else:
                    self._idle.append(connection)
            self._turns.notify_all()

    def close(self) -> None:
        """Close what is idle; what is in use is closed when it is given back."""
        with self._turns:
            self._closed = True
            self._close_idle()
            self._turns.notify_all()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def before_fork(self) -> None:
        """Wait until nothing is in use, and close all connections."""
        self._turns.acquire()
        self._forked_clean = self._turns.wait_for(lambda: not self._at_work, _FORK_WAIT_SECONDS)
        if self._forked_clean:
            self._close_idle()

    def after_fork(self) -> None:
        """In both processes: go on, with new connections."""
        if os.getpid() == self._pid:
            self._turns.release()
            return
        self._pid = os.getpid()
        self._turns, self._at_work = Condition(), 0
        if not self._forked_clean:
            _inherited.append(self._idle)
            self._idle = []
