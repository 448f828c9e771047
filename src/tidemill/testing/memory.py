"""A tidemill that is gone when it is closed: a store in memory, and a recorder that needs no journal."""

from __future__ import annotations

import os
from functools import cache, partial
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from tidemill.domain.identity import uuid7
from tidemill.domain.runs import Producer
from tidemill.engine.opening import StoreLedger, notice_requests
from tidemill.engine.runtime import EngineSettings, Runtime
from tidemill.engine.slots import SlotDesk
from tidemill.journal.feed import Feed
from tidemill.journal.reading import BATCH_BYTES, BATCH_RECORDS, Piece
from tidemill.journal.record import Place
from tidemill.results.kept import Keeper
from tidemill.results.secret import KEY_BYTES
from tidemill.store.sqlite.run_store import SqliteRunStore
from tidemill.system.processes import current_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidemill.domain.pauses import Suspension
    from tidemill.domain.runs import FlowRun
    from tidemill.journal.feed import Apply
    from tidemill.journal.record import Records
    from tidemill.system.clock import Clock

#: So many entries wait in memory at most; then whoever writes the next applies them.
_MOST_PENDING: Final = BATCH_RECORDS
#: Whoever runs the test lives.
_FOR_EVER_US: Final = 2**62


class MemoryRecorder:
    """Keeps entries until somebody asks, then applies them to the store as a journal's would be."""

    def __init__(self, producer: str, apply: Apply) -> None:
        self.producer = producer
        self._pending: Records = []
        self._first = 1
        self._writing = Lock()
        self._applying = Lock()
        self._feed = Feed(self, producer, apply)

    def append(self, kind: int, payload: bytes) -> int:
        """Take an entry; returns its sequence number."""
        with self._writing:
            self._pending.append((kind, payload))
            waiting = len(self._pending)
            seq = self._first + waiting - 1
        if waiting >= _MOST_PENDING:
            self.wait_applied()
        return seq

    def released(self, root: str) -> None:
        """A root run is over; nothing depends on it here."""

    def wait_durable(self, seq: int) -> None:
        """Nothing here outlives the process."""

    def wait_applied(self) -> None:
        """Bring everything taken so far into the store."""
        with self._applying:
            while self._feed.step():
                applied = self._feed.place.seq
                with self._writing:
                    del self._pending[: applied - self._first]
                    self._first = applied

    def wait_applied_for(self, timeout: float | None) -> bool:
        """As ``wait_applied``, which takes no time here."""
        del timeout
        self.wait_applied()
        return True

    def read_batch(self, place: Place, max_records: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES) -> Piece:  # noqa: ARG002 - what is in memory need not be cut by size
        """The next entries, for the feed."""
        with self._writing:
            begin = place.seq - self._first
            records = self._pending[begin : begin + max_records]
        return Piece(records, Place(place.offset, place.seq + len(records)))


class _HeedingStore(SqliteRunStore):
    """Has what is asked of a run seen by it at once: who asks is in the same process, where no beat looks for it."""

    heed: Callable[[], object] = staticmethod(lambda: None)

    def cancel_flow_run(self, flow_run_id: str, now: int) -> FlowRun:
        run = super().cancel_flow_run(flow_run_id, now)
        self._have_heeded()
        return run

    def suspend_flow_run(self, flow_run_id: str, wanted: Suspension, now: int) -> None:
        super().suspend_flow_run(flow_run_id, wanted, now)
        self._have_heeded()

    def _have_heeded(self) -> None:
        """In a thread of its own, as by a beat: who asks may be the run's own code."""
        thread = Thread(target=self.heed, name="tidemill-beat", daemon=True)
        thread.start()
        thread.join()


class MemoryHome:
    """A store in memory, its recorder, and the runtime that runs flows with them."""

    def __init__(self, clock: Clock, path: Path, settings: EngineSettings | None = None) -> None:
        self.path = path
        self.clock = clock
        heeding = _HeedingStore.in_memory()
        self.store: SqliteRunStore = heeding
        now = clock.now_us()
        producer = uuid7(now, os.urandom(10))
        identity = current_identity()
        self.store.register_producer(
            Producer(id=producer, host=identity.host, pid=identity.pid, beat_us=now, lease_until_us=_FOR_EVER_US)
        )
        self.recorder = MemoryRecorder(producer, partial(self.store.apply, own=True))
        self.slots = SlotDesk(self.store, clock, lambda: producer, outlives_us=False)
        self.runtime = Runtime(
            clock=clock,
            recorder=self.recorder,
            ledger=StoreLedger(self),
            keeper=_keeper(),
            settings=settings,
            slots=self.slots,
        )
        heeding.heed = partial(notice_requests, self.runtime)

    def tend(self) -> None:
        """Nobody else was here, so nobody left anything behind."""

    def run_token(self, root: str, epoch: int) -> str | None:  # noqa: ARG002 - for homes that are a server's
        """Nobody needs one here."""
        return None

    def close(self) -> None:
        """Forget everything."""
        self.store.close()


@cache
def _keeper() -> Keeper:
    """One for all homes in memory: their kept results never leave the process."""
    return Keeper(os.urandom(KEY_BYTES))
