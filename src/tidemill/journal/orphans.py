"""Journals whose process is gone: found by their free lock, drained by whoever comes, deleted when nobody needs them.

A journal that is wholly applied is set aside under another name, so that nobody opens it again. It is kept for a while,
by default 15 minutes, in case the store comes back from a fail-over with less than it had.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from tidemill.journal.base import APPLIED_SUFFIX
from tidemill.journal.file import JOURNAL_SUFFIX
from tidemill.journal.same_locks import refuse_other_kind
from tidemill.system.locks import FileLock, file_lock
from tidemill.system.other_locks import forget_other_kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How long a journal is kept after it was last written, where no setting says otherwise.
KEEP_SECONDS: Final = 900.0


class Orphan:
    """A journal without a living writer, locked by us for now."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self._lock = lock

    @property
    def producer(self) -> str:
        """The id of who wrote it."""
        return self.path.stem

    @property
    def begun(self) -> bool:
        """Whether anything stands in it. If not, its process may be about to begin it."""
        return self.path.stat().st_size > 0

    def discard(self) -> None:
        """Delete it; a process that was about to begin it makes it anew."""
        self._lock.retire(None)

    def done(self, now_us: int, keep_seconds: float = KEEP_SECONDS) -> None:
        """Say that the store has all of it: it goes if it was last written so long ago, else it is set aside."""
        due = _is_due(self.path, now_us, keep_seconds)
        self._lock.retire(None if due else self.path.with_suffix(APPLIED_SUFFIX))


def orphans(folder: Path, *, own: Path | None = None) -> Iterator[Orphan]:
    """The journals in ``folder`` whose process is gone, each locked until the next is asked for.

    What is not called ``done`` stays as it is and comes again next time. ``own`` is never touched. Raises
    RecordingError where a living process uses the other kind of locks: its journals only seem to be free.
    """
    for path in sorted(folder.glob(f"*{JOURNAL_SUFFIX}")):
        if path == own:
            continue
        refuse_other_kind(path)  # before our own lock, which a third process would take for that of a writer
        lock = file_lock(path)
        if lock.acquire(create=False):
            try:
                refuse_other_kind(path)  # and after it: only now can nobody begin
                forget_other_kind(path)
                yield Orphan(path, lock)
            finally:
                lock.release()


def sweep(folder: Path, now_us: int, keep_seconds: float = KEEP_SECONDS) -> int:
    """Delete the journals that were set aside and last written so long ago; gives how many."""
    swept = 0
    for path in folder.glob(f"*{APPLIED_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):  # another process sweeps too
            if _is_due(path, now_us, keep_seconds):
                path.unlink()
                swept += 1
    return swept


def _is_due(path: Path, now_us: int, keep_seconds: float) -> bool:
    return now_us - path.stat().st_mtime_ns // 1000 > keep_seconds * 1_000_000
