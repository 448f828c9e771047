"""The read model made again: every journal of a home, in the order of the processes, into an empty store.

The batches are cut elsewhere than they were the first time, so a result that hangs on where a batch ends is seen too.
"""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.entries import RootHeld
from tidemill.domain.runs import Producer
from tidemill.domain.states import StateType
from tidemill.journal.feed import Feed
from tidemill.journal.reading import JournalReader
from tidemill.journal.record import START
from tidemill.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tidemill.journal.reading import Source

EVERY_STATE = frozenset(StateType)


@contextmanager
def rebuilt(home: Path, seed: int) -> Iterator[SqliteStore]:
    """A store in memory that says what the home's should say."""
    journals = [*(home / "journal").glob("*.log"), *(home / "journal").glob("*.applied")]
    with ExitStack() as open_files:
        readers = [
            (path.stem, open_files.enter_context(JournalReader(path)))
            for path in sorted(journals, key=lambda path: path.stem)
        ]
        with rebuilt_from(readers, random.Random(seed)) as store:
            yield store


@contextmanager
def rebuilt_from(journals: Iterable[tuple[str, Source]], chance: random.Random) -> Iterator[SqliteStore]:
    """The same from journals that are open, each with its producer."""
    with SqliteStore.in_memory() as store:
        for now, (producer, journal) in enumerate(journals, 1):
            store.register_producer(Producer(id=producer, lease_until_us=now + 1, beat_us=now))
            _replay(store, producer, journal, now, chance.randint(1, 9))
        yield store


def _replay(store: SqliteStore, producer: str, journal: Source, now: int, records: int) -> None:
    for kind, payload in journal.read_batch(START).records:
        if kind == RootHeld.kind:
            _claim(store, producer, msgspec.json.decode(payload, type=RootHeld), now)
    feed = Feed(journal, producer, store.apply, max_records=records)
    while feed.step():
        pass
    store.crash_runs_of(producer, now, "as it was")
    store.end_producer(producer, now)


def _claim(store: SqliteStore, producer: str, held: RootHeld, now: int) -> None:
    """A later process took the run over by a decision of the store, not by an entry."""
    known = [run for run in store.find_flow_runs(limit=-1) if run.id == held.root]
    while known and known[0].epoch < held.epoch:
        store.claim_flow_run(held.root, producer, now, allow=EVERY_STATE)
        known = [store.read_flow_run(held.root)]
