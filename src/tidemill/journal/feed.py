"""From the journal to the store: records become batches, each applied once, in order.

The live applier and whoever drains an orphan share this; they differ only in what they do when nothing is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from tidemill.domain.entries import Batch, RootHeld
from tidemill.journal.errors import ApplyStoppedError
from tidemill.journal.reading import BATCH_BYTES, BATCH_RECORDS, JournalReader, Source
from tidemill.journal.record import OVERHEAD, START, Place, Records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Applies a batch whole and gives the last sequence number that the store has from its producer. Raises
#: ``TransientApplyError`` if it may work later.
Apply: TypeAlias = "Callable[[Batch], int]"

_decode_root_held: Final = msgspec.json.Decoder(RootHeld).decode
_ROOT_HELD: Final = RootHeld.kind
_ROOT_FROM: Final = len(b'["')
#: What no entry begins with.
_NO_BEGIN: Final = b"none"


class Feed:
    """What of one producer's journal is applied, and what comes next.

    Attributes:
        place: where the next batch begins; everything before it is applied.
        applied_seq: the last entry that the store has.

    """

    def __init__(
        self,
        source: Source,
        producer: str,
        apply: Apply,
        *,
        applied_seq: int = 0,
        max_records: int = BATCH_RECORDS,
        max_bytes: int = BATCH_BYTES,
    ) -> None:
        self.place = START
        self.applied_seq = applied_seq
        self._source = source
        self._producer = producer
        self._apply = apply
        self._limits = (max_records, max_bytes)
        self._epochs: dict[str, int] = {}
        self._offered: tuple[Batch, Place] | None = None

    def step(self) -> bool:
        """Apply one batch; False if there was nothing to read. After an exception the same batch is offered again."""
        if self._offered is None:
            self._offered = self._next_batch()
        if self._offered is None:
            return False
        batch, after = self._offered
        if batch.last_seq > self.applied_seq:
            self._judge(batch, self._apply(batch))
        if batch.last_seq <= self.applied_seq:
            self.place = after
            self._offered = None
        return True

    def _judge(self, batch: Batch, applied: int) -> None:
        """Believe the store about what it has, even if that is less than it had before (a fail-over, a restore)."""
        before, self.applied_seq = self.applied_seq, applied
        if applied == before:
            raise ApplyStoppedError(
                f"the store took nothing of entries {batch.first_seq}-{batch.last_seq} of producer {batch.producer}"
            )
        if applied < before:
            self.place, self._epochs, self._offered = START, {}, None

    def _next_batch(self) -> tuple[Batch, Place] | None:
        records, after = self._source.read_batch(self.place, *self._limits)
        if not records:
            return None
        taken, roots = self._held(records)
        if len(taken) < len(records):
            size = sum(OVERHEAD + len(payload) for _, payload in taken)
            after = Place(self.place.offset + size, self.place.seq + len(taken))
        return Batch(self._producer, self.place.seq, after.seq - 1, taken, roots), after

    def _held(self, records: Records) -> tuple[Records, dict[str, int]]:
        """The records of one batch, and the epochs of the roots that occur in them.

        Cut where an epoch changes, since a batch names one epoch for each root. A root is held before anything is
        written for it, so a first epoch needs no cut. An entry is an array that begins with its root's id, nearly
        always that of the entry before it, so hardly anything needs decoding.
        """
        begins: set[bytes] = set()
        begin = _NO_BEGIN
        for index, (kind, payload) in enumerate(records):
            if kind == _ROOT_HELD and not self._note(payload, first=not index):
                records = records[:index]
                break
            if not payload.startswith(begin) and (end := payload.find(b'"', _ROOT_FROM)) > 0:
                begin = payload[: end + 1]
                begins.add(begin)
        names = (begin[_ROOT_FROM:-1].decode("utf-8", "replace") for begin in begins)
        return records, {name: self._epochs[name] for name in names if name in self._epochs}

    def _note(self, payload: bytes, *, first: bool) -> bool:
        """Learn who is held from here on; false where that is another epoch than that of the entries before it."""
        try:
            held = _decode_root_held(payload)
        except msgspec.MsgspecError:
            return True  # the store keeps it aside, and says why
        if not first and self._epochs.get(held.root, held.epoch) != held.epoch:
            return False
        self._epochs[held.root] = held.epoch
        return True


def drain(path: Path, apply: Apply, *, applied_seq: int = 0) -> int:
    """Apply all that a dead process left in its journal; gives the last sequence number the store has from it.

    Hold the file's lock meanwhile (see ``orphans``). ``applied_seq`` spares offering what the store has anyway.
    Raises ``NotAJournalError``, ``ApplyStoppedError`` if the store makes no progress, and whatever ``apply`` raises.
    """
    with JournalReader(path) as reader:
        if reader.header is None:
            return applied_seq
        feed = Feed(reader, reader.header.producer, apply, applied_seq=applied_seq)
        while feed.step():
            pass
        return feed.applied_seq
