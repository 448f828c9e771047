"""Appending waits for room, within bounds, and learns when none will come."""

from __future__ import annotations

from threading import Thread

from tidemill.journal.errors import (
    ApplyStoppedError,
)
from tidemill.journal.record import START


def test_appending_waits_while_too_much_is_not_applied(new_journal):
    journal = new_journal(max_behind=10_000)
    numbers = []
    writer = Thread(target=lambda: numbers.extend(journal.append(1, bytes(1000)) for _ in range(100)))
    writer.start()

    place, most = START, 0
    while place.seq <= 100:
        if journal.wait_beyond(place.offset):
            piece = journal.read_batch(place, max_records=3)
            most = max(most, journal.size - place.offset)
            place = piece.next
            journal.consumed(place.offset)
    writer.join()

    assert numbers == list(range(1, 101))
    assert most <= 10_000


def test_an_entry_larger_than_the_bound_passes_alone(new_journal):
    journal = new_journal(max_behind=100)

    assert journal.append(1, bytes(5000)) == 1


def test_who_waits_for_room_learns_that_none_will_come(new_journal):
    journal = new_journal(max_behind=100)
    journal.append(1, bytes(90))
    caught = []

    def write():
        try:
            journal.append(1, bytes(90))
        except ApplyStoppedError as error:
            caught.append(error.__cause__)

    writer = Thread(target=write)
    writer.start()
    cause = RuntimeError("no table")
    journal.stop_consuming(cause)
    writer.join()

    assert caught == [cause]
