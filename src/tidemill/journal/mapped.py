"""A journal in a mapped, preallocated file: an append is a copy in memory, without a system call or a GIL release.

The map is a window that moves along with the end of the file, so that a long journal does not count as the process's
memory. Space is reserved before it is mapped: a full disk is an error here, not a signal at the copy.
"""

from __future__ import annotations

import os
from mmap import ALLOCATIONGRANULARITY, mmap
from typing import Final, NamedTuple

from tidemill.journal.base import JournalFile
from tidemill.journal.reading import BATCH_BYTES, BATCH_RECORDS, Piece, read_from
from tidemill.journal.record import Place, pack, scan
from tidemill.system.failpoints import failpoint
from tidemill.system.files import reserve

FIRST_WINDOW: Final = 256 * 1024  # a short run touches no more
LARGEST_WINDOW: Final = 4 * 1024 * 1024


class _Window(NamedTuple):
    memory: mmap
    base: int


class MappedJournal(JournalFile):
    """Linux: reserves with ``posix_fallocate``, writes through ``mmap``, syncs with ``fdatasync``."""

    _window: _Window | None = None
    _reserved = 0
    _step = FIRST_WINDOW

    def append(self, kind: int, payload: bytes) -> int:
        with self._lock:
            while True:
                tail = self._tail
                offset, seq = tail
                seq += 1
                record = pack(seq, kind, payload)
                end = offset + len(record)
                if end > self._limit:
                    self._make_room(end)
                    continue
                memory, base = self._window  # type: ignore[misc]  # there is one wherever there is a limit
                where = slice(offset - base, end - base)
                after = (end, seq)
                failpoint("journal.before_write")
                if self._tail is tail:  # from here to the new tail nothing is called, so no handler comes between
                    memory[where] = record
                    self._tail = after
                    break
        failpoint("journal.after_write")
        if self._listening:
            self.wake()
        return seq

    def read_batch(self, place: Place, max_records: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES) -> Piece:
        end = self._tail[0]  # before the window: a window is never behind an end that was seen before it
        window = self._window
        if window is None or place.offset < window.base:
            return read_from(self._fd, place, end, max_records, max_bytes)
        memory, base = window
        records, stop = scan(
            memory, place.offset - base, place.seq, end=end - base, max_records=max_records, max_bytes=max_bytes
        )
        return Piece(records, Place(base + stop, place.seq + len(records)))

    def _extend(self, end: int) -> int:
        if self._window is not None and end <= self._window.base + len(self._window.memory):
            return self._window.base + len(self._window.memory)
        offset = self._tail[0]
        base = offset - offset % ALLOCATIONGRANULARITY
        least = -(-(end - base) // ALLOCATIONGRANULARITY) * ALLOCATIONGRANULARITY
        failpoint("journal.extend")
        size = self._reserve(base, max(least, self._step), least)
        self._window = _Window(mmap(self._fd, size, offset=base), base)
        self._step = min(self._step * 2, LARGEST_WINDOW)
        return base + size

    def _reserve(self, base: int, wanted: int, least: int) -> int:
        try:
            self._reserve_to(base + wanted)
        except OSError:
            if wanted == least:
                raise
            self._reserve_to(base + least)  # the last free space of a full disk still takes an entry
            return least
        return wanted

    def _reserve_to(self, size: int) -> None:
        if size > self._reserved:
            reserve(self._fd, size)
            self._reserved = size

    def _let_go(self) -> None:
        self._window = None
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
