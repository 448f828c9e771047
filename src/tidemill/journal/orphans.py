"""Journals whose process is gone: found by their free lock, drained by whoever comes, deleted when nobody needs them.

A journal that is wholly applied is set aside under another name, so that nobody opens it again. It is kept until its
runs are over, and by default 15 minutes more, in case the store comes back with less than it had: then it is put
back, and drained like any other.
"""

from __future__ import annotations

import contextlib
import logging
import os
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING, Final

from tidemill.journal.base import APPLIED_SUFFIX
from tidemill.journal.file import JOURNAL_SUFFIX
from tidemill.journal.same_locks import refuse_other_kind
from tidemill.system.locks import FileLock, file_lock
from tidemill.system.other_locks import forget_other_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

logger = logging.getLogger("tidemill.home")

KEEP_US: Final = 15 * 60 * 1_000_000


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

    def done(self, now_us: int) -> None:
        """Say that the store has all of it, and that its runs are over: from now on it is kept for 15 minutes."""
        os.utime(self.path, ns=(now_us * 1000, now_us * 1000))
        self._lock.retire(self.path.with_suffix(APPLIED_SUFFIX))


def orphans(folder: Path, *, own: Path | None = None) -> Iterator[Orphan]:
    """The journals in ``folder`` whose process is gone, each locked until the next is asked for.

    What is not called ``done`` stays as it is and comes again next time. ``own`` is never touched. Raises
    RecordingError where a living process uses the other kind of locks: its journals only seem to be free. What cannot
    be opened, another user's say, is passed over with a warning.
    """
    for path in sorted(folder.glob(f"*{JOURNAL_SUFFIX}")):
        if path == own:
            continue
        refuse_other_kind(path)  # before our own lock, which a third process would take for that of a writer
        lock = file_lock(path)
        if _taken(lock):
            try:
                refuse_other_kind(path)  # and after it: only now can nobody begin
                forget_other_kind(path)
                yield Orphan(path, lock)
            finally:
                lock.release()


def _taken(lock: FileLock) -> bool:
    try:
        return lock.acquire(create=False)
    except OSError as error:
        logger.warning("A journal was passed over, as it cannot be opened: %s. Look at it, or move it away.", error)
        return False


def put_back(folder: Path, known: Callable[[Collection[str]], Collection[str]]) -> int:
    """Make orphans of the journals that were set aside and that the store does not know to be over; gives how many.

    ``known`` gives those of some producers whose end the store has. The others it had known before: it was put back
    from an older copy, or its owner is ending just now, and then there is nothing left to drain.
    """
    aside = {path.stem: path for path in folder.glob(f"*{APPLIED_SUFFIX}")}
    lost = aside.keys() - set(known(aside.keys())) if aside else set()
    for producer in lost:
        with contextlib.suppress(FileNotFoundError):  # another process is at it, too
            aside[producer].rename(aside[producer].with_suffix(JOURNAL_SUFFIX))
    return len(lost)


def sweep(folder: Path, now_us: int, unfinished: Callable[[], Collection[str]], keep_us: float = KEEP_US) -> int:
    """Delete the journals that were set aside so long ago and whose runs are over; gives how many.

    ``unfinished`` gives the ids of root runs that are not over: of a suspended one, what came before is kept as long
    after its end. It is asked only where there is something to delete.
    """
    due: list[Path] = []
    for path in folder.glob(f"*{APPLIED_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):  # another process sweeps too
            if now_us - path.stat().st_mtime_ns // 1000 > keep_us:
                due.append(path)
    wanted = [run.encode() for run in unfinished()] if due else []
    return sum(_swept(path, now_us, wanted) for path in due)


def _swept(path: Path, now_us: int, wanted: Collection[bytes]) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if _mentions(path, wanted):
            os.utime(path, ns=(now_us * 1000, now_us * 1000))  # which counts the time anew
            return False
        path.unlink()
        return True
    return False


def _mentions(path: Path, runs: Collection[bytes]) -> bool:
    if not runs or not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return any(content.find(run) >= 0 for run in runs)
