"""Making the journal of a process: a file that is its own, locked as long as it lives."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from tidemill.journal.base import MAX_BEHIND, JournalFile
from tidemill.journal.mapped import MappedJournal
from tidemill.journal.plain import PlainJournal
from tidemill.journal.record import Header
from tidemill.journal.same_locks import refuse_other_kind
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import CannotReserveError, can_reserve, make_private_folder, open_private
from tidemill.system.locks import file_lock

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.system.locks import FileLock

__all__ = ["JOURNAL_SUFFIX", "JournalFile", "create_journal", "journal_path"]

JOURNAL_SUFFIX: Final = ".log"
_LOCK_SECONDS: Final = 10.0


def journal_path(folder: Path, producer: str) -> Path:
    """Where a producer's journal stands."""
    return folder / f"{producer}{JOURNAL_SUFFIX}"


def create_journal(
    path: Path, producer: str, *, clock: Clock | None = None, max_behind: int = MAX_BEHIND
) -> JournalFile:
    """A new journal at ``path`` for ``producer`` (a UUID as it is written), held by this process until closed.

    ``max_behind``: how many bytes may wait to be applied before ``append`` waits too; 256 MiB by default, minutes of
    a busy run, and a bound on the disk that a store which is away can cost. Folder and file are for this user only.

    Raises ``FileExistsError`` if there is one, ``OSError`` if the disk is full or the folder cannot be written, and
    then leaves nothing behind. ``RecordingError`` where a living process keeps a journal in this folder under the other
    kind of locks (see ``TIDEMILL_PORTABLE``).
    """
    clock = clock or SystemClock()
    make_private_folder(path.parent)
    lock = file_lock(path, clock)
    if not lock.acquire(_LOCK_SECONDS):  # an orphan hunter may hold a new, empty file for a moment
        raise FileExistsError(f"the journal {path} belongs to a process that runs")
    if path.stat().st_size:
        lock.release()
        raise FileExistsError(f"the journal {path} exists; a process begins a new one, with an id of its own")
    try:
        for other in path.parent.glob(f"*{JOURNAL_SUFFIX}"):
            if other != path:
                refuse_other_kind(other, clock)
        return _begin(path, Header(producer, clock.now_us()), lock, max_behind)
    except BaseException:
        lock.retire(None)
        raise


def _begin(path: Path, header: Header, lock: FileLock, max_behind: int) -> JournalFile:
    if can_reserve():
        try:
            return _begin_as(MappedJournal, path, header, lock, max_behind)
        except CannotReserveError:
            os.truncate(path, 0)
    return _begin_as(PlainJournal, path, header, lock, max_behind)


def _begin_as(backend: type[JournalFile], path: Path, header: Header, lock: FileLock, max_behind: int) -> JournalFile:
    journal = backend(path, header, open_private(path), lock, max_behind)
    try:
        journal.begin()
    except BaseException:
        journal.abandon()  # the lock, and with it the file, is the caller's
        raise
    return journal
