"""What stands for a home that cannot be used, where the user chose to run on without being recorded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tidemill.api.embedded import Home, Recording
from tidemill.api.recorder import JournalRecorder
from tidemill.domain.identity import uuid7
from tidemill.store.sqlite.run_store import SqliteRunStore
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.system.clock import Clock


class UnrecordedHome(Home):
    """A home whose folder is not touched: its store is in memory and stays empty, its recorder forgets."""

    recording_nothing = True

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self.recording = Recording(without_if_need_be=True)
        self.clock = clock or SystemClock()
        self.store = SqliteRunStore.in_memory()
        self.recorder = _Forgetful(self)

    def tend(self) -> None:
        """Nobody left anything here."""


class _Forgetful(JournalRecorder):
    """Takes every entry, and keeps none. It never opens a journal, so there is nothing to wait for or to close."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._id = uuid7(home.clock.now_us(), os.urandom(10))

    @property
    def producer(self) -> str:
        return self._id

    def append(self, kind: int, payload: bytes) -> int:
        del kind, payload
        return 0
