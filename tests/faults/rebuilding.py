"""The read model made again: every journal of a home, in the order of the processes, into an empty store.

The batches are cut elsewhere than they were the first time, so a result that hangs on where a batch ends is seen too.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.entries import RootHeld
from tidemill.domain.runs import Producer
from tidemill.domain.states import StateType
from tidemill.journal.feed import Feed
from tidemill.journal.reading import JournalReader
from tidemill.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERY_STATE = frozenset(StateType)


@contextmanager
def rebuilt(home: Path, seed: int) -> Iterator[SqliteStore]:
    """A store in memory that says what the home's should say."""
    rng = random.Random(seed)
    journals = [*(home / "journal").glob("*.log"), *(home / "journal").glob("*.applied")]
    with SqliteStore.in_memory() as store:
        for now, path in enumerate(sorted(journals, key=lambda path: path.stem), 1):
            store.register_producer(Producer(id=path.stem, lease_until_us=now + 1, beat_us=now))
            _replay(store, path, now, rng.randint(1, 9))
        yield store


def _replay(store: SqliteStore, path: Path, now: int, records: int) -> None:
    with JournalReader(path) as reader:
        if reader.header is None:
            return
        for kind, payload in reader.read_batch().records:
            if kind == RootHeld.kind:
                _claim(store, path.stem, msgspec.json.decode(payload, type=RootHeld), now)
        feed = Feed(reader, path.stem, store.apply, max_records=records)
        while feed.step():
            pass
    store.crash_runs_of(path.stem, now, "as it was")
    store.end_producer(path.stem, now)


def _claim(store: SqliteStore, producer: str, held: RootHeld, now: int) -> None:
    """A later process took the run over by a decision of the store, not by an entry."""
    known = [run for run in store.find_flow_runs(limit=-1) if run.id == held.root]
    while known and known[0].epoch < held.epoch:
        store.claim_flow_run(held.root, producer, now, allow=EVERY_STATE)
        known = [store.read_flow_run(held.root)]
