"""Journals whose bytes were harmed: they open at a prefix, or are refused by name; no record that was not written."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

from tests.faults.nasty import damaged
from tidemill.journal.errors import NotAJournalError
from tidemill.journal.reading import JournalReader
from tidemill.journal.record import HEADER_SIZE, START, Header, pack, pack_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRODUCER = "0" * 36


@cache
def whole() -> tuple[bytes, list[tuple[int, bytes]]]:
    """A journal as it should be: its bytes and its records."""
    chance = random.Random(1)
    records = [(chance.randint(1, 8), chance.randbytes(chance.choice([0, 3, 40, 300]))) for _ in range(40)]
    packed = b"".join(pack(seq, kind, payload) for seq, (kind, payload) in enumerate(records, 1))
    return pack_header(Header(PRODUCER, 1)) + packed + bytes(200), records


def complaints(seed: int, folder: Path) -> Iterator[str]:
    raw, records = whole()
    harmed = damaged(raw, random.Random(seed))
    path = folder / "harmed.log"
    path.write_bytes(harmed)
    try:
        with JournalReader(path) as reader:
            if reader.header is not None and reader.header.producer != PRODUCER:
                yield "the header was believed, though it was not as written"
            found = _all(reader, random.Random(seed))
    except NotAJournalError:
        if harmed[:HEADER_SIZE] == raw[:HEADER_SIZE]:
            yield "the header is whole, and was refused"
        return
    if found != records[: len(found)]:
        yield "a record was read that was never written there"
    same = next((at for at, (one, other) in enumerate(zip(raw, harmed, strict=False)) if one != other), len(harmed))
    if len(found) < _before(same, records) and len(harmed) >= HEADER_SIZE:
        yield f"{len(found)} records were read; {_before(same, records)} stand before the first harm"


def _all(reader: JournalReader, chance: random.Random) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    place = START
    while True:
        piece = reader.read_batch(place, chance.randint(1, 50), chance.choice([1, 100, 10_000]))
        if not piece.records:
            return found
        found += piece.records
        place = piece.next


def _before(offset: int, records: list[tuple[int, bytes]]) -> int:
    end, count = HEADER_SIZE, 0
    for seq, (kind, payload) in enumerate(records, 1):
        end += len(pack(seq, kind, payload))
        if end > offset:
            break
        count = seq
    return count
