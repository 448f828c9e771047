"""A home whose store is a server's: the journal is written here, and is the spool while the server is away."""

from __future__ import annotations

import logging
from hashlib import sha256
from threading import Thread
from typing import TYPE_CHECKING, Final

import msgspec

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
#: A run whose server is away for longer starts no processes that need its token.
_TOKEN_SECONDS: Final = 10.0


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
        login = login or Login()
        self.run_bound = login.run_bound
        connection = self._connection = Connection(url, self.clock, login)
        call_in_forked_child(connection.begin_anew)
        self.store = RemoteStore(connection, self.clock)
        self.recorder = JournalRecorder(self)
        self.own_records = OwnRecords(self.journals, lambda: self.recorder.source, self.recorder.is_at)
        self._spool: Thread | None = None
        self._left = self.run_bound is None and any(self.journals.glob("*"))
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
        """Send what earlier processes of this machine could not; the server sees to what other machines left.

        A run token speaks for its own run alone: what others left waits for somebody who has a key.
        """
        if self.run_bound is not None:
            return
        try:
            drain_orphans(self.store, self.journals, self.clock)
            sweep(
                self.journals,
                self.clock.now_us(),
                self.store.unfinished_root_runs,
                self.recording.keep_seconds * 1_000_000,
            )
            self._left = self._others_left_some()
        except (TidemillException, OSError) as error:
            self._left = True
            # without any, it is only those kept for a while after they were sent that were to be looked through
            level = logging.WARNING if self._others_left_some() else logging.DEBUG
            logger.log(level, "What earlier processes left for %s is sent later: %s", self._url, error)

    def _others_left_some(self) -> bool:
        own = self.recorder.writes_to
        return any(path != own for path in self.journals.glob(f"*{JOURNAL_SUFFIX}"))

    def run_token(self, root: str, epoch: int) -> str | None:
        """See ``Home.run_token``. Raises what a store raises where the server gives none."""
        if self.run_bound is not None:  # by which this process asks, too: those that it starts have it from it
            return None
        self.recorder.wait_applied_for(_TOKEN_SECONDS)  # the server must know the run
        asked = msgspec.json.encode({"epoch": epoch})
        answer = self._connection.ask(f"/tm/flow_runs/{root}/run_token", lambda: asked)
        return str(msgspec.json.decode(answer)["token"])

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
