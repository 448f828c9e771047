"""A tidemill within the process: its home's journal and store, joined.

Opening a home tends it first: journals whose process is gone are drained into the store, and what that process held
ends as Crashed. Nothing is written to the journal folder before the first entry.
"""

from __future__ import annotations

import atexit
import logging
import os
from functools import partial
from math import inf
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tidemill.api.beating import Beat
from tidemill.api.lost_boot import check_after_lost_boot
from tidemill.api.tending import tend
from tidemill.domain.entries import RootHeld, encode
from tidemill.domain.identity import uuid7
from tidemill.domain.runs import Producer
from tidemill.exceptions import RecordingError
from tidemill.journal.applier import Applier
from tidemill.journal.errors import JournalClosedError, JournalError
from tidemill.journal.file import create_journal, journal_path
from tidemill.journal.orphans import KEEP_SECONDS
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import make_private_folder
from tidemill.system.processes import call_in_forked_child, current_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidemill.journal.base import JournalFile

logger = logging.getLogger("tidemill.home")


class Recording(NamedTuple):
    """How a process keeps its journal and its lease. Defaults as in the settings of the same names.

    A journal that has grown past ``roll_bytes`` is changed for a new one when no run is under way, so that it can go,
    ``keep_seconds`` after it was last written.
    ``without_if_need_be``: a full disk does not fail runs; they go on without being recorded.
    """

    lease_seconds: float = 20.0
    beat_seconds: float = 5.0
    roll_bytes: int = 16 * 1024 * 1024
    keep_seconds: float = KEEP_SECONDS
    without_if_need_be: bool = False


class Home:
    """A folder with a journal, a store, a key and results; what the embedded mode has for a server."""

    #: Whether it only stands for a folder that cannot be used.
    recording_nothing = False

    def __init__(self, path: Path, clock: Clock | None = None, *, recording: Recording | None = None) -> None:
        """Open the home at ``path``, made if it is not there, and tend it.

        Raises StoreRefusedError where its database cannot be used; after a power cut, that it is damaged.
        """
        self.path = path
        self.recording = recording or Recording()
        # who only looks does not know how long the settings want journals kept, and deletes none
        self._keep_seconds = recording.keep_seconds if recording is not None else inf
        self.clock = clock or SystemClock()
        make_private_folder(path)
        self.store = SqliteStore.open(path / "tidemill.db")
        try:
            check_after_lost_boot(self.store, path / "tidemill.db")
        except BaseException:
            self.store.close()
            raise
        self.recorder = JournalRecorder(self)
        self.tend()

    def tend(self) -> None:
        """Finish what dead processes of this home left behind."""
        tend(self.store, self.journals, self.clock, self._keep_seconds)

    @property
    def journals(self) -> Path:
        """Where the journals of this home's processes are."""
        return self.path / "journal"

    def close(self) -> None:
        """Bring everything into the store and let go."""
        self.recorder.close()
        self.store.close()


class JournalRecorder:
    """Writes this process's entries, and keeps its lease; in a forked child, begins anew."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._opening = RLock()
        self._held: dict[str, int] = {}
        self._journal: JournalFile | None = None
        self._applier: Applier | None = None
        self._beat: Beat | None = None
        self._forked = False
        self._without = False
        self._at_beat: list[Callable[[], object]] = []
        call_in_forked_child(self._begin_anew)

    @property
    def producer(self) -> str:
        """The id of this process as a writer of entries."""
        return self._open().producer

    def append(self, kind: int, payload: bytes) -> int:
        """Write an entry; returns its sequence number, or 0 where the user chose to run on without recording.

        Raises ``RecordingError`` where the disk is full or the journal cannot be written.
        """
        try:
            if kind == RootHeld.kind:
                return self._hold(payload)
            journal = self._journal or self._open()
            return journal.append(kind, payload)
        except JournalClosedError:
            return self._open().append(kind, payload)  # rolled, since this thread looked
        except (OSError, JournalError) as error:
            return self._failed(error)

    def at_each_beat(self, act: Callable[[], object]) -> None:
        """Have something done every ``beat_seconds`` while this process records."""
        self._at_beat.append(act)

    def released(self, root: str) -> None:
        """A root run is over here. A journal that has grown large is changed for a new one when that was the last."""
        with self._opening:
            self._held.pop(root, None)
            if not self._held and self._journal is not None and self._journal.size > self._home.recording.roll_bytes:
                self._end_journal()

    def wait_durable(self, seq: int) -> None:
        """Wait until the entry is on the disk."""
        if self._applier is not None:
            self._applier.durable(seq)

    def wait_applied(self) -> None:
        """Wait until everything written so far is in the store."""
        applier, journal = self._applier, self._journal
        if applier is not None and journal is not None:
            applier.wait_applied(journal.last_seq)

    def close(self) -> None:
        """Bring everything into the store and give the lease back; what did not come to its end is Crashed then."""
        with self._opening:
            producer = self._end_journal()
            if producer is not None:
                self._leave_nothing_running(producer)

    def _end_journal(self) -> str | None:
        """Close the journal; gives the producer's id if the store has everything of it."""
        if self._applier is None or self._journal is None:
            return None
        producer, applier = self._journal.producer, self._applier
        self._journal = self._applier = None
        if self._beat is not None:
            self._beat.stop()
        if not applier.close():
            return None
        self._home.store.end_producer(producer, self._home.clock.now_us())
        return producer

    def _leave_nothing_running(self, producer: str) -> None:
        """The last entry of a run may have been refused, or its thread ended with the process."""
        store = self._home.store
        if store.unfinished_runs_of(producer):
            message = "The process ended before the run did. Continue it with: tidemill flow-run resume <id>"
            store.crash_runs_of(producer, self._home.clock.now_us(), message)

    def _hold(self, payload: bytes) -> int:
        held = msgspec.json.decode(payload, type=RootHeld)
        with self._opening:
            seq = self._open().append(RootHeld.kind, payload)
            self._held[held.root] = held.epoch
        return seq

    def _open(self) -> JournalFile:
        with self._opening:
            if self._journal is None:
                self._journal = self._begin()
            return self._journal

    def _begin(self) -> JournalFile:
        home = self._home
        now = home.clock.now_us()
        producer = uuid7(now, os.urandom(10))
        home.store.register_producer(_producer(producer, now, home.recording.lease_seconds))
        journal = create_journal(journal_path(home.journals, producer), producer, clock=home.clock)
        self._applier = Applier(journal, partial(home.store.apply, own=True)).start()
        self._beat = Beat(home, producer, self._at_beat)
        if self._forked:
            # The parent goes on holding these roots; what this process reports about them counts all the same.
            for root, epoch in self._held.items():
                journal.append(RootHeld.kind, encode(RootHeld(root, epoch, True)))
        return journal

    def _failed(self, error: Exception) -> int:
        message = f"What happens in runs cannot be recorded in {self._home.path}: {error}"
        if not self._home.recording.without_if_need_be:
            raise RecordingError(
                f"{message}. Free the disk or name another folder (TIDEMILL_HOME); to run on without recording set "
                "TIDEMILL_ON_STORAGE_FAILURE=continue"
            ) from error
        if not self._without:
            self._without = True
            logger.error("%s. Runs go on without being recorded, as chosen.", message)
        return 0

    def _begin_anew(self) -> None:
        """In a forked child: the journal and its threads are the parent's."""
        self._opening = RLock()
        self._journal = self._applier = self._beat = None
        self._forked = True


def _producer(producer: str, now: int, lease_seconds: float) -> Producer:
    identity = current_identity()
    return Producer(
        id=producer,
        boot_id=identity.boot,
        host=identity.host,
        pid=identity.pid,
        beat_us=now,
        lease_until_us=now + int(lease_seconds * 1_000_000),
    )


def at_exit(close: Callable[[], Any]) -> None:
    """Have something done when the process ends in order; a forked child that ends does not do it for its parent."""
    owner = os.getpid()

    def in_owner() -> None:
        if os.getpid() == owner:
            close()

    atexit.register(in_owner)
