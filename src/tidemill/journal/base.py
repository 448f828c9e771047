"""What the two ways of keeping a journal share: everything but how bytes get into the file.

Appending is safe against threads (a lock) and against itself: a signal handler or a finaliser may append in the midst
of an append of the same thread. So the lock is reentrant, and the end of the journal is one tuple, read once and
replaced only if it is still the same.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from queue import SimpleQueue
from threading import Condition, RLock
from typing import TYPE_CHECKING, Final

from tidemill.journal.errors import (
    ApplyStoppedError,
    JournalBrokenError,
    JournalClosedError,
    JournalError,
    JournalForkedError,
)
from tidemill.journal.reading import BATCH_BYTES, BATCH_RECORDS, Piece
from tidemill.journal.record import HEADER_SIZE, START, Header, Place, pack_header
from tidemill.system.failpoints import failpoint
from tidemill.system.files import sync_data, sync_folder, write_at
from tidemill.system.processes import call_in_forked_child

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.system.locks import FileLock

MAX_BEHIND: Final = 256 * 1024 * 1024
APPLIED_SUFFIX: Final = ".applied"
_NOTHING_GOES: Final = -1


class JournalFile(ABC):
    """One process's journal, open for writing and held by its lock. Make one with ``create_journal``.

    Attributes:
        path, producer: the file and the id of who writes it.
        max_behind: how many bytes may wait to be applied before ``append`` waits too.

    """

    def __init__(self, path: Path, header: Header, fd: int, lock: FileLock, max_behind: int) -> None:
        self.path = path
        self.producer = header.producer
        self._header = header
        self._fd = fd
        self._file_lock = lock
        self.max_behind = max_behind
        self._lock = RLock()
        self._tail: tuple[int, int] = (HEADER_SIZE, 0)  # the byte after the last record, and its number
        self._limit = 0  # up to which byte append needs not ask; _NOTHING_GOES: never
        self._consumed = START.offset
        self._room = Condition()
        self._syncing = RLock()
        self._synced_seq = 0
        self._name_is_safe = False
        self._refusal: tuple[type[JournalError], str, BaseException | None] | None = None
        self._stopped_by: BaseException | None = None
        self._listening = False
        self._bell: SimpleQueue[None] = SimpleQueue()  # the one primitive that a signal handler may use at any time
        call_in_forked_child(self.abandon)

    @abstractmethod
    def append(self, kind: int, payload: bytes) -> int:
        """Write one entry and give its number, from 1 without a gap. It survives kill -9 from here on.

        May be called from any thread, signal handler or finaliser. Waits only while ``max_behind`` bytes are not
        ``consumed`` yet. Raises ``OSError`` if the disk is full (the journal is as it was; try again when there is
        room), ``RecordTooLargeError`` above 64 MiB, ``JournalBrokenError`` after the disk failed,
        ``ApplyStoppedError`` if it would have to wait for an applier that has stopped.
        """

    @abstractmethod
    def read_batch(self, place: Place, max_records: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES) -> Piece:
        """The next entries from ``place`` on, none at the end; for one reader, beside any number of writers."""

    @abstractmethod
    def _extend(self, end: int) -> int:
        """Make the file take bytes up to ``end`` at least; gives up to where it does now."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close descriptors and maps."""

    @property
    def size(self) -> int:
        """Bytes written, header included."""
        return self._tail[0]

    @property
    def behind(self) -> int:
        """Bytes that wait to be applied."""
        return self._tail[0] - self._consumed

    @property
    def last_seq(self) -> int:
        """The number of the last entry; 0 before the first."""
        return self._tail[1]

    @property
    def synced_seq(self) -> int:
        """The last entry that is known to survive a power cut."""
        return self._synced_seq

    def begin(self) -> None:
        """Write the header and make the first room, so that a full disk shows here."""
        write_at(self._fd, 0, pack_header(self._header))
        self._extend(HEADER_SIZE + 1)

    def sync(self) -> int:
        """Have everything appended so far survive a power cut; gives the last entry's number.

        After the disk failed once nothing more is acknowledged: ``JournalBrokenError``, now and for ever, since a
        second sync may well succeed without having written what the first one lost.
        """
        with self._syncing:
            self._raise_refusal()
            seq = self._tail[1]
            if seq > self._synced_seq:
                self._sync_file()
                self._synced_seq = max(seq, self._synced_seq)
            return self._synced_seq

    def durable(self, seq: int) -> None:
        """Wait until entry ``seq`` survives a power cut. Threads that wait at once share a sync."""
        if seq > self._synced_seq:
            self.sync()

    def close(self, *, applied_seq: int = -1) -> None:
        """Cut off the room that was reserved, sync, free the lock. A second close does nothing.

        ``applied_seq`` says what the store has; if that is all, the file is set aside and nobody drains it again.
        """
        with self._lock, self._syncing:
            if self._refusal is not None and self._refusal[0] in {JournalClosedError, JournalForkedError}:
                return
            broken = self._refusal is not None
            self._refuse(JournalClosedError, f"the journal {self.path} is closed")
            self._disturb()
            try:
                if not broken:
                    os.truncate(self._fd, self._tail[0])
                    self._sync_file()
            finally:
                self._let_go()
                if applied_seq >= self.last_seq and not broken:
                    self._file_lock.retire(self.path.with_suffix(APPLIED_SUFFIX))
                else:
                    self._file_lock.release()

    def abandon(self) -> None:
        """In a forked child: forget the parent's journal without touching file or lock. Happens by itself."""
        self._refuse(JournalForkedError, "a forked process writes a journal of its own, not its parent's")
        self._disturb()
        self._lock, self._syncing, self._room = RLock(), RLock(), Condition()  # their holders stayed behind
        self._let_go()

    def _disturb(self) -> None:
        """Have an append that this interrupts, by a fork or in a signal handler, see that it must begin anew."""
        self._tail = (self._tail[0], self._tail[1])

    def wait_beyond(self, offset: int) -> bool:
        """Sleep until something stands behind ``offset`` (True) or somebody called ``wake``; for one reader."""
        self._listening = True
        if self._tail[0] <= offset:
            self._bell.get()
        self._listening = False
        return self._tail[0] > offset

    def wake(self) -> None:
        """End the present or the next ``wait_beyond``."""
        self._listening = False
        self._bell.put(None)

    def consumed(self, offset: int) -> None:
        """Say that the store has everything before ``offset``; who waits for room goes on."""
        with self._room:
            self._consumed = offset
            self._room.notify_all()

    def stop_consuming(self, error: BaseException) -> None:
        """Say that nothing more will be applied; who waits for room gets ``ApplyStoppedError``."""
        with self._room:
            self._stopped_by = error
            self._room.notify_all()

    def _make_room(self, end: int) -> None:
        self._raise_refusal()
        if self._must_wait(end):
            self._wait_for_room(end)
        room = self._extend(end)
        self._limit = max(end, min(room, self._consumed + self.max_behind))
        if self._refusal is not None:  # it came meanwhile, from a thread that does not have the lock
            self._limit = _NOTHING_GOES
            self._raise_refusal()

    def _must_wait(self, end: int) -> bool:
        return end - self._consumed > self.max_behind and self._consumed < self._tail[0]

    def _wait_for_room(self, end: int) -> None:
        with self._room:
            while self._must_wait(end):
                if self._stopped_by is not None:
                    raise ApplyStoppedError(
                        f"{self.path} holds {self._tail[0] - self._consumed:,} bytes that the store did not take"
                    ) from self._stopped_by
                self._room.wait()
                self._raise_refusal()

    def _sync_file(self) -> None:
        try:
            failpoint("journal.before_sync")
            sync_data(self._fd)
            if not self._name_is_safe:
                sync_folder(self.path.parent)
                self._name_is_safe = True
            failpoint("journal.after_sync")
        except OSError as error:
            message = f"the disk did not keep the journal {self.path} ({error}); restart to go on from what is safe"
            self._refuse(JournalBrokenError, message, error)
            raise JournalBrokenError(message) from error

    def _refuse(self, kind: type[JournalError], message: str, cause: BaseException | None = None) -> None:
        self._refusal = (kind, message, cause)
        self._limit = _NOTHING_GOES

    def _raise_refusal(self) -> None:
        if self._refusal is not None:
            kind, message, cause = self._refusal
            raise kind(message) from cause
