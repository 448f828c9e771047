"""A home whose store is a server's: the journal is written here, and is the spool while the server is away."""

from __future__ import annotations

import logging
from hashlib import sha256
from threading import Thread
from typing import TYPE_CHECKING, Final

from tidemill.api.embedded import Home, Recording
from tidemill.api.recorder import JournalRecorder
from tidemill.api.remote.http import Connection
from tidemill.api.remote.login import Login
from tidemill.api.remote.own_records import OwnRecords
from tidemill.api.remote.store import RemoteStore
from tidemill.api.tending import drain_orphans
from tidemill.exceptions import TidemillException
from tidemill.journal.file import JOURNAL_SUFFIX
from tidemill.journal.orphans import sweep
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import make_private_folder
from tidemill.system.processes import call_in_forked_child

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger("tidemill.home")

#: A process that ends while the server is away ends within five seconds; what it leaves is sent by the next one.
PATIENCE_SECONDS: Final = 3.0
_NAME_LENGTH: Final = 16


class RemoteHome(Home):
    """A folder with a journal, a key and results, and a server that has the store."""

    store_is_here = False

    def __init__(
        self,
        path: Path,
        url: str,
        clock: Clock | None = None,
        *,
        recording: Recording | None = None,
        login: Login | None = None,
    ) -> None:
        """Nothing is asked of the server yet: a flow may begin while it is away."""
        self.path = path
        self.recording = (recording or Recording())._replace(patience_seconds=PATIENCE_SECONDS)
        self.clock = clock or SystemClock()
        make_private_folder(path)
        self._url = url.rstrip("/")
        connection = Connection(url, self.clock, login or Login())
        call_in_forked_child(connection.begin_anew)
        self.store = RemoteStore(connection, self.clock)
        self.recorder = JournalRecorder(self)
        self.own_records = OwnRecords(self.journals, lambda: self.recorder.source, self.recorder.is_at)
        self._spool: Thread | None = None
        self._left = any(self.journals.glob("*"))
        self._send_what_is_left()
        self.recorder.at_each_beat(self._send_what_is_left)

    @property
    def journals(self) -> Path:
        """Where the journals for this server are; each server has a folder of its own."""
        return self.path / "spool" / sha256(self._url.encode()).hexdigest()[:_NAME_LENGTH]

    def _send_what_is_left(self) -> None:
        """In a thread of its own: at once, and while others' journals are there at each beat that the server heard.

        They may be those of living processes, which may die, or be held by one that tries to send them just now.
        """
        if self._left and (self._spool is None or not self._spool.is_alive()):
            self._spool = Thread(target=self.tend, name="tidemill-spool", daemon=True)
            self._spool.start()

    def tend(self) -> None:
        """Send what earlier processes of this machine could not; the server sees to what other machines left."""
        try:
            drain_orphans(self.store, self.journals, self.clock)
            sweep(
                self.journals,
                self.clock.now_us(),
                self.store.unfinished_root_runs,
                self.recording.keep_seconds * 1_000_000,
            )
            own = self.recorder.writes_to
            self._left = any(path != own for path in self.journals.glob(f"*{JOURNAL_SUFFIX}"))
        except (TidemillException, OSError) as error:
            self._left = True
            logger.warning("What earlier processes left for %s is sent later: %s", self._url, error)

    def close(self) -> None:
        """Bring everything to the server, or leave it to the next process if that does not answer."""
        until = self.clock.monotonic() + PATIENCE_SECONDS
        self.recorder.close()
        if waiting := self.recorder.progress().waiting:
            logger.warning(
                "%d entries of this process are kept in %s. The next process that reports to %s sends them.",
                waiting,
                self.journals,
                self._url,
            )
        if self._spool is not None:
            self._spool.join(max(until - self.clock.monotonic(), 0.0))
        self.own_records.close()
        self.store.close()
