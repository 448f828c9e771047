"""What cannot be stored everywhere is stored alike everywhere."""

from __future__ import annotations

import pytest

from tidemill.domain.states import from_us
from tidemill.store.asking import all_rows
from tidemill.store.errors import UnfitValueError
from tidemill.wire.logs import LogCreate, LogSort

from .story import NOW

ODD = [("a\0b", "a␀b"), ("\udc80 é", "\\udc80 é"), ("\ud83d", "\\ud83d"), ("\\u0000", "\\u0000"), ("é 🐟", "é 🐟")]


@pytest.mark.parametrize(("given", "kept"), ODD)
def test_texts_are_bound_as_any_database_takes_them(store, given, kept):
    with store._connections.writing() as session:
        session.execute("INSERT INTO producer (id, host) VALUES (:id, :host)", {"id": "by name", "host": given})
        session.execute("INSERT INTO producer (id, host) VALUES (?, ?)", ("by place", given))
        session.executemany("INSERT INTO producer (id, host) VALUES (?, ?)", [("one of many", given)])

    with store._connections.reading() as session:
        assert set(all_rows(session, "SELECT host FROM producer")) == {(kept,)}
        assert len(all_rows(session, "SELECT id FROM producer WHERE host = ?", (given,))) == 3


def test_values_come_alike(store):
    with store._connections.reading() as session:
        (row,) = all_rows(session, "SELECT :now + 0, :now IS NULL, 1 = 1, CAST(NULL AS TEXT), 0.5", {"now": NOW})

    assert row == (NOW, 0, 1, None, 0.5)
    assert [type(value) for value in row] == [int, int, int, type(None), float]


def test_a_number_that_no_column_holds_is_refused_as_such_wherever_it_stands(store):
    line = LogCreate(name="x", level=2**70, message="x", timestamp=from_us(NOW))

    with pytest.raises(UnfitValueError, match="cannot be stored"):
        store.write_logs([line])

    assert store.find_log_lines(sort=LogSort.TIMESTAMP_ASC, limit=9) == []
