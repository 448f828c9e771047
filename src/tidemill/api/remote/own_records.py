"""What the processes of this machine have reported of a run, read from their journals while the server is away.

A run that began here is known here whole: what becomes of it is decided by its own process alone, and what the
processes of its pools did stands in journals of the same folder.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from tidemill.domain.entries import Batch, FlowRunCreated, LogWritten
from tidemill.domain.identity import FIRST_EPOCH
from tidemill.domain.runs import Producer
from tidemill.journal.base import APPLIED_SUFFIX
from tidemill.journal.errors import NotAJournalError
from tidemill.journal.file import JOURNAL_SUFFIX
from tidemill.journal.reading import JournalReader
from tidemill.journal.record import START
from tidemill.store.sqlite.run_store import SqliteRunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tidemill.domain.runs import RecordedCall
    from tidemill.journal.reading import Source
    from tidemill.journal.record import Records


class OwnRecords:
    """Runs that began in this process, as they would stand in the store had the server taken in everything."""

    def __init__(
        self, folder: Path, own: Callable[[], tuple[str, Source] | None], is_held: Callable[[str], bool]
    ) -> None:
        """``own``: this process's id as a writer, and its journal. ``is_held``: whether it is at a root run."""
        self._folder = folder
        self._own = own
        self._is_held = is_held
        self._read: dict[str, SqliteRunStore] = {}
        self._changing = Lock()

    def calls(self, root: str) -> list[RecordedCall] | None:
        """Everything that was recorded under a root run; None for one that did not begin here."""
        own = self._own()
        store = None if own is None else _read(root, own, self._folder)
        self._remember(root, store)
        return None if store is None else list(store.recorded_calls(root))

    def kept_result(self, run_id: str) -> str | None:
        """The result text of a call of a run that was looked at here."""
        with self._changing:
            found = (store.kept_result(run_id) for store in self._read.values())
            return next((text for text in found if text is not None), None)

    def close(self) -> None:
        """Forget what was read."""
        with self._changing:
            while self._read:
                self._read.popitem()[1].close()

    def _remember(self, root: str, store: SqliteRunStore | None) -> None:
        """In place of what was read before; runs that are over are forgotten."""
        with self._changing:
            for known in [each for each in self._read if each == root or not self._is_held(each)]:
                self._read.pop(known).close()
            if store is not None:
                self._read[root] = store


def _read(root: str, own: tuple[str, Source], folder: Path) -> SqliteRunStore | None:
    producer, journal = own
    begin = b'["%b"' % root.encode()
    ours = _entries_of(journal, begin)
    if all(kind != FlowRunCreated.kind or not _creates(root, entry) for kind, entry in ours):
        return None
    store = SqliteRunStore.in_memory()
    _take_in(store, producer, root, ours)
    for other, entries in _of_others(folder, producer, begin):
        _take_in(store, other, root, entries)
    return store


def _creates(root: str, entry: bytes) -> bool:
    """Whether it is the root run that is made; its id stands twice at the beginning."""
    return entry.startswith(b'["%b","%b"' % (root.encode(), root.encode()))


def _take_in(store: SqliteRunStore, producer: str, root: str, entries: Records) -> None:
    store.register_producer(Producer(id=producer, beat_us=0, lease_until_us=1))
    store.apply(Batch(producer, 1, len(entries), entries, {root: FIRST_EPOCH}))


def _of_others(folder: Path, own: str, begin: bytes) -> Iterator[tuple[str, Records]]:
    for path in sorted([*folder.glob(f"*{JOURNAL_SUFFIX}"), *folder.glob(f"*{APPLIED_SUFFIX}")]):
        if path.stem == own:
            continue
        try:
            with JournalReader(path) as reader:
                entries = _entries_of(reader, begin) if reader.header is not None else []
        except (OSError, NotAJournalError):  # swept meanwhile, or none
            continue
        if entries:
            yield path.stem, entries


def _entries_of(journal: Source, begin: bytes) -> Records:
    """What stands there of a root run, but for log lines."""
    found: Records = []
    piece = journal.read_batch(START)
    while piece.records:
        found += [each for each in piece.records if each[0] != LogWritten.kind and each[1].startswith(begin)]
        piece = journal.read_batch(piece.next)
    return found
