"""How what happens in this process gets into its home: a journal of its own, opened at the first entry, and a lease."""

from __future__ import annotations

import logging
import os
from threading import RLock
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from tidemill.api.beating import Beat
from tidemill.api.shed_lines import ShedLines, must_shed
from tidemill.domain.entries import LogWritten, RootHeld, encode
from tidemill.domain.identity import uuid7
from tidemill.domain.runs import Producer, any_of
from tidemill.exceptions import RecordingError
from tidemill.journal.applier import Applier
from tidemill.journal.errors import ApplyStoppedError, JournalClosedError, JournalError
from tidemill.journal.file import create_journal, journal_path
from tidemill.store.errors import StaleEpochError, StoreError, StoreUnavailableError
from tidemill.system.failpoints import failpoint
from tidemill.system.processes import call_in_forked_child, current_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidemill.api.embedded import Home
    from tidemill.domain.entries import Batch
    from tidemill.journal.base import JournalFile

logger = logging.getLogger("tidemill.home")

#: How long a process that shares another's run waits for the store to know the run.
_ROOT_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.005


class Progress(NamedTuple):
    """How far a process has got: entries written, entries that the store has, root runs that it is at."""

    written: int
    stored: int
    root_runs: int

    @property
    def waiting(self) -> int:
        """How many entries the store does not have yet."""
        return self.written - self.stored


class JournalRecorder:
    """Writes this process's entries, and keeps its lease; in a forked child, begins anew."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._opening = RLock()
        self._held: dict[str, int] = {}
        self._unseen: set[str] = set()  # roots of other processes that the store was not seen to know
        self._journal: JournalFile | None = None
        self._applier: Applier | None = None
        self._beat: Beat | None = None
        self._forked = False
        self._without = False
        self._ended = Progress(0, 0, 0)  # of the journals before this one
        self._shed = ShedLines()
        self._at_beat: list[Callable[[], object]] = [self._tell_of_gaps]
        call_in_forked_child(self._begin_anew)

    @property
    def producer(self) -> str:
        """The id of this process as a writer of entries."""
        return self._open().producer

    @property
    def writes_to(self) -> Path | None:
        """The journal of this process, once it has one."""
        journal = self._journal
        return None if journal is None else journal.path

    @property
    def source(self) -> tuple[str, JournalFile] | None:
        """The id of this process as a writer, and what it has written, once there is any."""
        journal = self._journal
        return None if journal is None else (journal.producer, journal)

    def is_at(self, root: str) -> bool:
        """Whether this process is at a root run."""
        return root in self._held

    def append(self, kind: int, payload: bytes) -> int:
        """Write an entry; returns its sequence number, or 0 where the user chose to run on without recording.

        While the store is away and the journal nearly full a log line may be dropped: it gives 0, and is counted.

        Raises ``RecordingError`` where the disk is full or the journal cannot be written.
        """
        try:
            if kind == RootHeld.kind:
                return self._hold(payload)
            journal = self._journal or self._open()
            if kind == LogWritten.kind and self._sheds(payload):
                return 0
            return journal.append(kind, payload)
        except JournalClosedError:
            return self._open().append(kind, payload)  # rolled, since this thread looked
        except (OSError, JournalError, StoreError) as error:
            return self._failed(error)

    def progress(self) -> Progress:
        """How far this process has got, since it began to record."""
        with self._opening:
            before, held = self._ended, len(self._held)
            if self._journal is None or self._applier is None:
                return before._replace(root_runs=held)
            stored = self._applier.applied_seq  # first: what is written meanwhile waits, and nothing counts twice
            return Progress(before.written + self._journal.last_seq, before.stored + stored, held)

    def at_each_beat(self, act: Callable[[], object]) -> None:
        """Have something done every ``beat_seconds`` while this process records."""
        self._at_beat.append(act)

    def released(self, root: str) -> None:
        """A root run is over here. A journal that has grown large is changed for a new one when that was the last."""
        with self._opening:
            self._held.pop(root, None)
            journal = self._journal
            if journal is not None and journal.size > self._home.recording.roll_bytes and self._holds_nothing(journal):
                self._end_journal(for_good=False)

    def wait_durable(self, seq: int) -> None:
        """Wait until the entry is on the disk."""
        if self._applier is not None:
            self._applier.durable(seq)

    def wait_applied(self) -> None:
        """Wait until everything written so far is in the store."""
        self.wait_applied_for(None)

    def wait_applied_for(self, timeout: float | None) -> bool:
        """As ``wait_applied``; False where the store does not have it all after so many seconds."""
        applier, journal = self._applier, self._journal
        return applier is None or journal is None or applier.wait_applied(journal.last_seq, timeout)

    def close(self) -> None:
        """Bring everything into the store and give the lease back; what did not come to its end is Crashed then."""
        with self._opening:
            self._end_journal(for_good=True)

    def _sheds(self, payload: bytes) -> bool:
        """Whether a log line is dropped. The first that is not says before it what is missing."""
        applier = self._applier
        if applier is not None and must_shed(applier):
            self._shed.count(payload)
            return True
        if self._shed:
            self._tell_of_gaps()
        return False

    def _tell_of_gaps(self) -> None:
        applier = self._applier
        if applier is not None and self._shed and not must_shed(applier):
            self._write_gaps(applier.journal)

    def _write_gaps(self, journal: JournalFile) -> None:
        for line in self._shed.take(self._home.clock.now_us()):
            payload = encode(line)
            if journal.behind + 2 * len(payload) < journal.max_behind:  # who ends does not wait for room
                journal.append(line.kind, payload)

    def _holds_nothing(self, journal: JournalFile) -> bool:
        """Flow runs are counted here. Task runs outside of them, of other threads, are looked for in the store."""
        if self._held:
            return False
        try:
            self.wait_applied()
            return not self._home.store.unfinished_runs_of(journal.producer)
        except (StoreError, ApplyStoppedError):
            return False

    def _end_journal(self, *, for_good: bool) -> None:
        """Close the journal. Where the store does not have everything of it, whoever opens the home next goes on."""
        if self._applier is None or self._journal is None:
            return
        self._write_gaps(self._journal)
        producer, applier, written = self._journal.producer, self._applier, self._journal.last_seq
        self._journal = self._applier = None
        if self._beat is not None:
            self._beat.stop()
        is_applied = applier.close(None if self._home.store_is_here else self._home.recording.patience_seconds)
        self._ended = Progress(self._ended.written + written, self._ended.stored + applier.applied_seq, 0)
        if not is_applied:
            return
        try:
            self._say_ended(producer, for_good=for_good)
        except StoreUnavailableError as error:
            logger.warning("The store is told of the end of this process by who comes next: %s", error)
        except StaleEpochError as error:  # it spoke for one run, which is nobody's or another's by now
            logger.debug("There is no lease to give back: %s", error)

    def _say_ended(self, producer: str, *, for_good: bool) -> None:
        if for_good:  # before the end is noted: who dies in between is found by that it is not
            self._leave_nothing_running(producer)
        self._home.store.end_producer(producer, self._home.clock.now_us())

    def _leave_nothing_running(self, producer: str) -> None:
        """The last entry of a run may have been refused, or its thread ended with the process."""
        store = self._home.store
        failpoint("recorder.before_ending")
        if store.unfinished_runs_of(producer):
            message = "The process ended before the run did. Continue it with: tidemill flow-run resume <id>"
            store.crash_runs_of(producer, self._home.clock.now_us(), message)

    def _hold(self, payload: bytes) -> int:
        held = msgspec.json.decode(payload, type=RootHeld)
        with self._opening:
            if held.shared and held.root not in self._held:
                self._unseen.add(held.root)
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
        producer = _producer(_new_id(home, now), now, home.recording.lease_seconds)
        known = self._register(producer)
        path, most = journal_path(home.journals, producer.id), home.recording.max_behind
        journal = create_journal(path, producer.id, clock=home.clock, max_behind=most)
        patience = home.recording.patience_seconds
        self._applier = Applier(journal, self._apply, patience=patience, clock=home.clock).start()
        self._beat = Beat(home, producer, self._at_beat, known=known)
        if self._forked:
            # The parent goes on holding these roots; what this process reports about them counts all the same.
            for root, epoch in self._held.items():
                self._unseen.add(root)
                journal.append(RootHeld.kind, encode(RootHeld(root, epoch, True)))
        return journal

    def _register(self, producer: Producer) -> bool:
        """Tell the store of this process; false where the store is away now, and has to be told later."""
        try:
            self._home.store.register_producer(producer)
        except StoreUnavailableError as error:
            logger.warning("The store is told of this process as soon as it is there again: %s", error)
            return False
        return True

    def _apply(self, batch: Batch) -> int:
        """Bring a batch into the store: what is told of another process's run, when the store knows that run."""
        expected = self._unseen & batch.roots.keys()
        if expected and (told_of := {root for root in expected if _tells_of(root, batch)}):
            self._await(told_of)
        return self._home.store.apply(batch, own=True)

    def _await(self, roots: set[str]) -> None:
        """Wait until the store knows runs that another process made, for 30 s at most.

        They may stand in that one's journal only, by now; and what is told of a run that is not in the store counts as
        told of one that was deleted.
        """
        store, clock = self._home.store, self._home.clock
        until = clock.monotonic() + _ROOT_SECONDS
        while store.count_flow_runs([any_of("id", *roots)]) < len(roots) and clock.monotonic() < until:
            clock.sleep(_LOOK_SECONDS)
        self._unseen -= roots

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
        self._shed = ShedLines()
        self._ended = Progress(0, 0, 0)
        self._forked = True


def _tells_of(root: str, batch: Batch) -> bool:
    """Whether a batch says more of a root run than that it is held."""
    begin = b'["%b"' % root.encode()
    return any(kind != RootHeld.kind and entry.startswith(begin) for kind, entry in batch.payloads)


def _new_id(home: Home, now: int) -> str:
    """Fresh; a process that reports by a run token says so in its id, and is then believed to report for that run."""
    if home.run_bound is None:
        return uuid7(now, os.urandom(10))
    return home.run_bound.producer_prefix + os.urandom(8).hex()


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
