"""A tidemill within the process: its home's journal and store, joined.

Opening a home tends it first: journals whose process is gone are drained into the store, and what that process held
ends as Crashed. Nothing is written to the journal folder before the first entry.
"""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from tidemill.api.lost_boot import check_after_lost_boot
from tidemill.api.recorder import JournalRecorder
from tidemill.api.tending import tend
from tidemill.journal.base import MAX_BEHIND
from tidemill.store.sqlite.run_store import SqliteRunStore
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidemill.domain.run_tokens import RunBound
    from tidemill.store.run_store import RunStore


class Recording(NamedTuple):
    """How a process keeps its journal and its lease. Defaults as in the settings of the same names.

    A journal that has grown past ``roll_bytes`` is changed for a new one when no run is under way, so that it can go,
    ``keep_seconds`` after its runs are over.
    ``patience_seconds``: a process that ends tries for so long to bring its last entries into the store.
    ``max_behind``: how many bytes of entries may wait for the store before what happens in runs waits, too; 256 MiB,
    minutes of the fastest writer. While the store is away log lines are dropped when three quarters of that are full.
    ``without_if_need_be``: a full disk does not fail runs; they go on without being recorded.
    """

    lease_seconds: float = 20.0
    beat_seconds: float = 5.0
    roll_bytes: int = 16 * 1024 * 1024
    keep_seconds: float = 900.0
    without_if_need_be: bool = False
    patience_seconds: float = 10.0
    max_behind: int = MAX_BEHIND


class Home:
    """A folder with a journal, a store, a key and results; what the embedded mode has for a server."""

    #: Whether it only stands for a folder that cannot be used.
    recording_nothing = False
    #: Whether the store is this machine's; a server's may be away for long, and runs go on meanwhile.
    store_is_here = True
    #: What the token speaks for by which this process reports; None where it reports by a key, or to nobody.
    run_bound: RunBound | None = None

    def __init__(self, path: Path, clock: Clock | None = None, *, recording: Recording | None = None) -> None:
        """Open the home at ``path``, made if it is not there, and tend it.

        Raises StoreRefusedError where its database cannot be used; after a power cut, that it is damaged.
        """
        self.path = path
        self.recording = recording or Recording()
        self.clock = clock or SystemClock()
        make_private_folder(path)
        store = SqliteRunStore.open(path / "tidemill.db")
        self.store: RunStore = store
        self._served = bool(store.read_services())
        try:
            check_after_lost_boot(store, path / "tidemill.db")
            self.tend()
        except BaseException:
            self.store.close()
            raise
        self.recorder = JournalRecorder(self)

    def tend(self) -> None:
        """Finish what dead processes of this home left behind."""
        tend(self.store, self.journals, self.clock, self.recording, leases_tell=not self._served)

    def run_token(self, root: str, epoch: int) -> str | None:  # noqa: ARG002 - for homes that are a server's
        """A token for processes that this one starts for a run it holds; None where there is nobody to ask with it."""
        return None

    @property
    def journals(self) -> Path:
        """Where the journals of this home's processes are."""
        return self.path / "journal"

    def close(self) -> None:
        """Bring everything into the store and let go."""
        self.recorder.close()
        self.store.close()


def at_exit(close: Callable[[], Any]) -> None:
    """Have something done when the process ends in order; a forked child that ends does not do it for its parent."""
    owner = os.getpid()

    def in_owner() -> None:
        if os.getpid() == owner:
            close()

    atexit.register(in_owner)
