"""A journal written with plain writes: where a file cannot be reserved ahead and mapped."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

from tidemill.journal.base import JournalFile
from tidemill.journal.reading import BATCH_BYTES, BATCH_RECORDS, Piece, read_from
from tidemill.journal.record import Header, Place, pack
from tidemill.system.failpoints import failpoint
from tidemill.system.files import open_reading, write_at

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.system.locks import FileLock


class _Underway(NamedTuple):
    offset: int
    record: bytes
    after: tuple[int, int]


class PlainJournal(JournalFile):
    """Every platform: one positioned write an entry.

    A write gives up the interpreter, so a handler may append before it is over. It then finishes the write that it
    interrupted: the same bytes at the same place, so it does no harm that the interrupted one writes them too.
    """

    def __init__(self, path: Path, header: Header, fd: int, lock: FileLock, max_behind: int) -> None:
        super().__init__(path, header, fd, lock, max_behind)
        self._reading_fd = open_reading(path)  # where a descriptor has one position, reader and writer need one each
        self._underway: _Underway | None = None

    def append(self, kind: int, payload: bytes) -> int:
        with self._lock:
            while True:
                self._finish(self._underway)
                tail = self._tail
                offset, seq = tail
                seq += 1
                record = pack(seq, kind, payload)
                end = offset + len(record)
                if end > self._limit:
                    self._make_room(end)
                    continue
                underway = _Underway(offset, record, (end, seq))
                failpoint("journal.before_write")
                if self._tail is tail and self._underway is None:
                    self._underway = underway
                    self._finish(underway)
                    break
        failpoint("journal.after_write")
        if self._listening:
            self.wake()
        return seq

    def _finish(self, underway: _Underway | None) -> None:
        if underway is None:
            return
        try:
            write_at(self._fd, underway.offset, underway.record)
        except OSError:
            if self._tail[1] >= underway.after[1]:
                return  # a handler finished it for us
            self._underway = None
            with contextlib.suppress(OSError):  # what was half written is overwritten by the next entry anyway
                os.truncate(self._fd, underway.offset)
            self._raise_refusal()  # a handler closed the journal under it
            raise
        if self._underway is underway:
            self._tail = underway.after
            self._underway = None

    def close(self, *, applied_seq: int = -1) -> None:
        with self._lock:
            with contextlib.suppress(OSError):  # whom this interrupts is told
                self._finish(self._underway)
            super().close(applied_seq=applied_seq)

    def read_batch(self, place: Place, max_records: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES) -> Piece:
        return read_from(self._reading_fd, place, self._tail[0], max_records, max_bytes)

    def _extend(self, end: int) -> int:
        return end + self.max_behind

    def _let_go(self) -> None:
        fds = (self._fd, self._reading_fd)
        self._fd = self._reading_fd = -1
        for fd in fds:
            if fd >= 0:
                os.close(fd)
