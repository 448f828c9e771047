"""A machine of the simulated world: its journal, its loop, and what goes wrong with them.

The journal is a list, which is what survives of a file; the store is a real one, in memory, and outlives the machines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tidemill.domain.identity import uuid7
from tidemill.domain.runs import Producer
from tidemill.engine.drivers.simulated import MachineDied, SimulatedClock, SimulatedLoop
from tidemill.engine.opening import StoreLedger
from tidemill.engine.runtime import Runtime
from tidemill.engine.slots import SlotDesk
from tidemill.exceptions import RecordingError
from tidemill.journal.feed import Feed
from tidemill.journal.reading import BATCH_BYTES, BATCH_RECORDS, Piece
from tidemill.journal.record import Place
from tidemill.results.kept import Keeper
from tidemill.results.secret import KEY_BYTES
from tidemill.store.errors import StoreBusyError

if TYPE_CHECKING:
    import random

    from tidemill.domain.entries import Batch
    from tidemill.journal.record import Records
    from tidemill.store.sqlite.store import SqliteStore


@dataclass(frozen=True)
class Faults:
    """What happens to a machine: it dies before an entry or after a turn of its loop (counted from 1), its journal
    refuses entries, its store is busy now and then, and it was only asleep: the rest of its journal comes late."""

    dies_before: int = 0
    dies_at_turn: int = 0
    refuses: frozenset[int] = frozenset()
    busy: float = 0.0
    comes_late: bool = False

    @property
    def any(self) -> bool:
        return self != NONE


NONE = Faults()


@dataclass
class Journal:
    """The file that a machine leaves, as the feed reads it."""

    producer: str
    records: Records = field(default_factory=list)
    in_time: int | None = None  # how many of them the store had when it took the machine for dead

    def until_buried(self) -> Journal:
        return Journal(self.producer, self.records[: self.in_time])

    def read_batch(self, place: Place, max_records: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES) -> Piece:
        records = self.records[place.seq - 1 : place.seq - 1 + max_records]
        return Piece(records, Place(place.offset, place.seq + len(records)))


class MortalLoop(SimulatedLoop):
    """A loop whose machine may die after any of its turns."""

    def __init__(self, seed: int, start_us: int, dies_at_turn: int) -> None:
        super().__init__(seed, start_us)
        self._dies_at_turn = dies_at_turn
        self.turns = 0
        self.dead = False

    def _turn(self) -> None:
        self.turns += 1
        super()._turn()
        if self.turns == self._dies_at_turn:
            self.dead = True
            raise MachineDied(f"after turn {self.turns}")


class Machine:
    """One life: registered with the store, with a journal of its own. Also the home that the engine is given."""

    path = Path("/simulated")

    def __init__(self, store: SqliteStore, seed: int, start_us: int, chance: random.Random, faults: Faults) -> None:
        self.store = store
        self.recorder = self
        self.loop = MortalLoop(seed, start_us, faults.dies_at_turn)
        self.clock = SimulatedClock(self.loop)
        self.trace: list[tuple[int, int, bytes]] = []
        self.refused: list[tuple[int, bytes]] = []
        self._chance = chance
        self._faults = faults
        self._asked = 0
        self._asleep = False
        self.producer = uuid7(start_us, chance.randbytes(10))
        self.journal = Journal(self.producer)
        store.register_producer(Producer(id=self.producer, beat_us=start_us))
        self._feed = Feed(self.journal, self.producer, self._apply, max_records=chance.choice([1, 3, 10, 1000]))
        slots = SlotDesk(store, self.clock, lambda: self.producer, outlives_us=False)
        self.runtime = Runtime(
            clock=self.clock,
            recorder=self,
            ledger=StoreLedger(self),
            keeper=keeper(),
            entropy=chance.randbytes,
            chance=chance.random,
            slots=slots,
        )

    def append(self, kind: int, payload: bytes) -> int:
        self._asked += 1
        if self.loop.dead or self._asked == self._faults.dies_before:
            self.loop.dead = True
            died = MachineDied(f"before entry {self._asked}")
            self.loop.die(died)
            raise died
        if self._asked in self._faults.refuses:
            self.refused.append((kind, payload))
            raise RecordingError(f"entry {self._asked} cannot be recorded: the disk is full")
        self.journal.records.append((kind, payload))
        self.trace.append((self.loop.us, kind, payload))
        if self._chance.random() < 0.3:
            self._step()
        return len(self.journal.records)

    def _apply(self, batch: Batch) -> int:
        if self._chance.random() < self._faults.busy:
            raise StoreBusyError("busy, before")
        applied = self.store.apply(batch)
        if self._chance.random() < self._faults.busy:
            raise StoreBusyError("the answer was lost")
        return applied

    def _step(self) -> bool:
        try:
            return self._feed.step()
        except StoreBusyError:
            return True

    def released(self, root: str) -> None:
        pass

    def wait_durable(self, seq: int) -> None:
        pass

    def wait_applied(self) -> None:
        while self._step():
            pass

    def wait_applied_for(self, timeout) -> bool:
        self.wait_applied()
        return True

    def tend(self) -> None:
        pass

    def bury(self, now: int) -> None:
        """What whoever opens the home does: the journal drained, from its beginning, and the runs ended."""
        self._asleep = self._faults.comes_late and self.store.unfinished_runs_of(self.producer) > 0
        if not self._asleep:
            drained(self.journal, self.store)
        known = self.store.read_producer(self.producer)
        self.journal.in_time = known.applied_seq if known is not None else 0
        self.store.crash_runs_of(self.producer, now, "The run was cut off.")
        self.store.end_producer(self.producer, now)

    def wake_late(self) -> None:
        """The rest of the journal of a machine that everybody took for dead."""
        if self._asleep:
            drained(self.journal, self.store)


def drained(journal: Journal, store: SqliteStore, max_records: int = BATCH_RECORDS) -> None:
    """Offer all of a journal to a store."""
    feed = Feed(journal, journal.producer, store.apply, max_records=max_records)
    while feed.step():
        pass


@cache
def keeper() -> Any:
    """One for all simulated machines."""
    return Keeper(bytes(KEY_BYTES))
