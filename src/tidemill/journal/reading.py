"""Reading a journal from its file, whether its writer lives or not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

from tidemill.journal.record import (
    HEADER_SIZE,
    OVERHEAD,
    START,
    Header,
    Place,
    Records,
    claimed_size,
    read_header,
    scan,
)
from tidemill.system.files import open_reading, read_at

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

BATCH_RECORDS: Final = 2_000
BATCH_BYTES: Final = 4 * 1024 * 1024


class Piece(NamedTuple):
    """Consecutive records as ``(kind, payload)``, and where to go on reading."""

    records: Records
    next: Place


class Source(Protocol):
    """What can be read from a place on: a live journal, or the file that a dead process left."""

    def read_batch(self, place: Place, max_records: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES) -> Piece:
        """The next records; none where the good ones end."""
        ...


def read_from(fd: int, place: Place, end: int, max_records: int, max_bytes: int) -> Piece:
    """The good records from ``place`` on that end before byte ``end``, read in one piece."""
    raw = read_at(fd, place.offset, min(max(max_bytes, OVERHEAD), end - place.offset))
    claimed = claimed_size(raw, 0)
    if len(raw) < claimed <= end - place.offset:
        raw = read_at(fd, place.offset, claimed)
    scanned = scan(raw, 0, place.seq, max_records=max_records)
    return Piece(scanned.records, Place(place.offset + scanned.end, place.seq + len(scanned.records)))


class JournalReader:
    """The journal of a process that is gone. ``header`` is None if it died before it wrote anything.

    Raises ``NotAJournalError`` for a file that is none, or is damaged where it says whose it is. Damage behind the
    header is not an error: reading stops before it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = open_reading(path)
        try:
            self.header: Header | None = read_header(read_at(self._fd, 0, HEADER_SIZE), str(path))
        except BaseException:
            self.close()
            raise

    def read_batch(self, place: Place = START, max_records: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES) -> Piece:
        """The next records; none where the good ones end."""
        if self.header is None:
            return Piece([], place)
        return read_from(self._fd, place, os.fstat(self._fd).st_size, max_records, max_bytes)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()
