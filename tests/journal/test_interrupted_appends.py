"""Signal handlers and finalisers may come at any place of an append. Each test in a process of its own."""

from __future__ import annotations

import gc
import sys

import pytest

from tests.journal.reading_back import read_all
from tidemill.journal.errors import (
    JournalClosedError,
)
from tidemill.journal.mapped import FIRST_WINDOW
from tidemill.journal.reading import JournalReader


def at_event(nth, action, work):
    """Do ``work``, and at its ``nth`` call or return, where a signal handler or a finaliser may come, ``action``."""
    seen = 0

    def look(*_):
        nonlocal seen
        seen += 1
        if seen == nth:
            action()

    gc.disable()
    sys.setprofile(look)
    try:
        return work()
    finally:
        sys.setprofile(None)
        gc.enable()


# In a process of its own (`make slow`): among all tests, a worker of pytest-xdist was lost twice while this ran.
@pytest.mark.slow
@pytest.mark.parametrize("size", [10, FIRST_WINDOW])
def test_an_append_in_the_midst_of_an_append_loses_nothing(new_journal, size):
    """Wherever it falls, nothing is lost, doubled or torn."""
    journal, told = new_journal(), []

    def append(kind, payload):
        told.append((journal.append(kind, payload), (kind, payload)))

    for nth in range(1, 80):
        at_event(nth, lambda: append(2, b"handler"), lambda: append(1, bytes(size)))

    assert len(told) >= 79 + 15
    assert sorted(seq for seq, _ in told) == list(range(1, len(told) + 1))
    assert read_all(journal) == [entry for _, entry in sorted(told)]


# In a process of its own (`make slow`): among all tests, a worker of pytest-xdist was lost twice while this ran.
@pytest.mark.slow
@pytest.mark.parametrize("size", [10, FIRST_WINDOW])
def test_an_append_cut_short_by_an_exception_leaves_the_journal_whole(new_journal, size):
    class Interrupt(BaseException):
        pass

    def interrupt():
        raise Interrupt

    journal, told, interrupts = new_journal(), {}, 0
    for nth in range(1, 80):
        try:
            told[at_event(nth, interrupt, lambda: journal.append(1, bytes(size)))] = (1, bytes(size))
        except Interrupt:
            interrupts += 1

    told[journal.append(3, b"last")] = (3, b"last")
    read = read_all(journal)
    assert interrupts >= 15
    assert len(read) == journal.last_seq
    assert all(read[seq - 1] == entry for seq, entry in told.items())


# In a process of its own, as above: where it failed, the process died of SIGBUS, as its map was behind the file's end.
@pytest.mark.slow
def test_a_journal_that_is_closed_in_the_midst_of_an_append_takes_the_entry_or_refuses_it(new_journal):
    taken = refused = 0
    for nth in range(1, 40):
        journal = new_journal()
        journal.append(1, b"first")
        try:
            at_event(nth, journal.close, lambda to=journal: to.append(1, bytes(10_000)))
            taken += 1
        except JournalClosedError:
            refused += 1
        with JournalReader(journal.path) as reader:
            assert len(read_all(reader)) == journal.last_seq

    assert taken
    assert refused
