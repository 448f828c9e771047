"""What stands in a journal."""

from __future__ import annotations

from tidemill.journal.reading import JournalReader
from tidemill.journal.record import START


def read_all(source, **limits):
    read, place = [], START
    while (piece := source.read_batch(place, **limits)).records:
        read += piece.records
        place = piece.next
    assert place.seq == len(read) + 1
    return read


def read_back(path):
    with JournalReader(path) as reader:
        return read_all(reader)
