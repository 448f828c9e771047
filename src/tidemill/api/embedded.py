"""A tidemill within the process: its home's journal and store, joined.

Opening a home tends it first: journals whose process is gone are drained into the store, and what that process held
ends as Crashed. Nothing is written to the journal folder before the first entry.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
from threading import Event, Lock, Thread, main_thread
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.api.tending import tend
from tidemill.domain.entries import RootHeld, encode
from tidemill.domain.identity import uuid7
from tidemill.domain.runs import Producer
from tidemill.journal.applier import Applier
from tidemill.journal.file import create_journal, journal_path
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import make_private_folder
from tidemill.system.processes import call_in_forked_child, current_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidemill.journal.base import JournalFile

logger = logging.getLogger("tidemill.home")

LEASE_SECONDS: Final = 20.0
BEAT_SECONDS: Final = 5.0
#: A beat that comes so late is worth a warning.
STALL_SECONDS: Final = 15.0
#: A journal that has grown past this is changed for a new one when no run is under way, so that it can be deleted.
ROLL_BYTES: Final = 16 * 1024 * 1024


class Home:
    """A folder with a journal, a store, a key and results; what the embedded mode has for a server."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        """Open the home at ``path``, made if it is not there, and tend it."""
        self.path = path
        self.clock = clock or SystemClock()
        make_private_folder(path)
        self.store = SqliteStore.open(path / "tidemill.db")
        self.recorder = JournalRecorder(self)
        tend(self.store, self.journals, self.clock)

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
        self._opening = Lock()
        self._held: dict[str, int] = {}
        self._journal: JournalFile | None = None
        self._applier: Applier | None = None
        self._beat: _Beat | None = None
        self._forked = False
        call_in_forked_child(self._begin_anew)

    @property
    def producer(self) -> str:
        """The id of this process as a writer of entries."""
        return self._open().producer

    def append(self, kind: int, payload: bytes) -> int:
        """Write an entry; returns its sequence number."""
        journal = self._journal or self._open()
        if kind == RootHeld.kind:
            self._note(payload)
        return journal.append(kind, payload)

    def wait_durable(self, seq: int) -> None:
        """Wait until the entry is on the disk."""
        if self._applier is not None:
            self._applier.durable(seq)

    def wait_applied(self) -> None:
        """Wait until everything written so far is in the store."""
        if self._applier is not None and self._journal is not None:
            self._applier.wait_applied(self._journal.last_seq)

    def close(self) -> None:
        """Bring everything into the store and give the lease back."""
        with self._opening:
            if self._applier is None or self._journal is None:
                return
            producer, applier = self._journal.producer, self._applier
            self._journal = self._applier = None
            if self._beat is not None:
                self._beat.stop()
            if applier.close():
                self._leave_nothing_running(producer)
                self._home.store.end_producer(producer, self._home.clock.now_us())

    def _leave_nothing_running(self, producer: str) -> None:
        """A run may not have come to its end: its last entry was refused, or its thread ended with the process."""
        store = self._home.store
        if store.unfinished_runs_of(producer):
            message = "The process ended before the run did. Continue it with: tidemill flow-run resume <id>"
            store.crash_runs_of(producer, self._home.clock.now_us(), message)

    def _note(self, payload: bytes) -> None:
        held = msgspec.json.decode(payload, type=RootHeld)
        self._held[held.root] = held.epoch

    def _open(self) -> JournalFile:
        with self._opening:
            if self._journal is not None:
                return self._journal
            home = self._home
            now = home.clock.now_us()
            producer = uuid7(now, os.urandom(10))
            home.store.register_producer(_producer(producer, now))
            journal = create_journal(journal_path(home.journals, producer), producer, clock=home.clock)
            self._applier = Applier(journal, home.store.apply).start()
            self._beat = _Beat(home, producer)
            if self._forked:
                # The parent goes on holding these roots; what this process reports about them counts all the same.
                for root, epoch in self._held.items():
                    journal.append(RootHeld.kind, encode(RootHeld(root, epoch, True)))  # noqa: FBT003
            self._journal = journal
            return journal

    def _begin_anew(self) -> None:
        """In a forked child: the journal and its threads are the parent's."""
        self._opening = Lock()
        self._journal = self._applier = self._beat = None
        self._forked = True


def _producer(producer: str, now: int) -> Producer:
    identity = current_identity()
    return Producer(
        id=producer,
        boot_id=identity.boot,
        host=identity.host,
        pid=identity.pid,
        beat_us=now,
        lease_until_us=now + int(LEASE_SECONDS * 1_000_000),
    )


class _Beat:
    """Extends the process's lease as long as it lives. On this host its lock says the same, and at once."""

    def __init__(self, home: Home, producer: str) -> None:
        self._over = Event()
        self._home = home
        self._producer = producer
        Thread(target=self._run, name="tidemill-beat", daemon=True).start()

    def stop(self) -> None:
        """Beat no more."""
        self._over.set()

    def _run(self) -> None:
        clock = self._home.clock
        before = clock.monotonic()
        while not self._over.wait(BEAT_SECONDS):
            before, stood = clock.monotonic(), clock.monotonic() - before
            if stood > STALL_SECONDS:
                logger.warning(
                    "No other thread of this process could run for %.1f s: something holds on to the interpreter, or the "
                    "process was stopped. Its runs go on. The main thread is at %s", stood, _main_thread_at(),
                )  # fmt: skip
            now = self._home.clock.now_us()
            try:
                self._home.store.beat(self._producer, now, now + int(LEASE_SECONDS * 1_000_000))
            except Exception as error:  # noqa: BLE001 - a beat that fails is tried again; the run goes on
                logger.warning("The lease of this process could not be renewed, and will be tried again: %s", error)


def _main_thread_at() -> str:
    frame = sys._current_frames().get(main_thread().ident or 0)  # noqa: SLF001 - documented, in spite of its name
    return (
        "an unknown place"
        if frame is None
        else f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
    )


def at_exit(close: Callable[[], Any]) -> None:
    """Have something done when the process ends in order; a forked child that ends does not do it for its parent."""
    owner = os.getpid()

    def in_owner() -> None:
        if os.getpid() == owner:
            close()

    atexit.register(in_owner)
