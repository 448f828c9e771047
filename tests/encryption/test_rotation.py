"""Putting every secret under another key, cut off anywhere (S9)."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing

import pytest

from tidemill.encryption import KeyRing, Place, Progress, SealedRow, key_id_of, rotate, rotate_some
from tidemill.system import failpoints

OLD, NEW, OTHER = KeyRing([b"o" * 32]), KeyRing([b"n" * 32, b"o" * 32]), KeyRing([b"x" * 32])
NEW_ALONE = KeyRing([b"n" * 32])
COUNT = 7


class Rows:
    """Sealed texts in a SQLite file."""

    def __init__(self, path):
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("CREATE TABLE IF NOT EXISTS secret (id TEXT PRIMARY KEY, text TEXT) STRICT")

    def put(self, id_, text):
        self.connection.execute("INSERT OR REPLACE INTO secret VALUES (?, ?)", (id_, text))

    def sealed_rows(self, after, limit):
        asked = "SELECT id, text FROM secret WHERE id > ? ORDER BY id LIMIT ?"
        return [SealedRow(id_, place(id_), text) for id_, text in self.connection.execute(asked, (after, limit))]

    def reseal(self, row, text):
        asked = "UPDATE secret SET text = ? WHERE id = ? AND text = ?"
        return self.connection.execute(asked, (text, row.id, row.text)).rowcount == 1


def place(id_: str) -> Place:
    return Place(1, id_, "value", 1)


def secret(number: int) -> bytes:
    return f"canary-{number}-of-the-secrets".encode()


@pytest.fixture
def rows(tmp_path):
    rows = Rows(tmp_path / "rows.db")
    for number in range(COUNT):
        rows.put(f"row-{number}", OLD.seal(secret(number), place(f"row-{number}")))
    with closing(rows.connection):
        yield rows


def plain(rows, ring=NEW_ALONE):
    return [ring.unseal(row.text, row.place) for row in rows.sealed_rows("", 100)]


def test_every_secret_is_under_the_new_key_afterwards_and_the_same(rows):
    assert rotate(rows, NEW).resealed == COUNT

    assert plain(rows) == [secret(number) for number in range(COUNT)]
    assert rotate(rows, NEW).resealed == 0


def killed_while_rotating(path, nth: int) -> bool:
    """Rotate in a process that is killed behind the nth row."""
    child = os.fork()
    if child == 0:
        failpoints.arm(f"rotation.after_row:{nth}:kill")
        try:
            rotate(Rows(path), NEW)
        finally:
            os._exit(1)
    return os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.mark.machine
@pytest.mark.parametrize("nth", range(1, COUNT + 1))
def test_S9_a_rotation_that_is_killed_at_any_row_is_resumed(rows, nth):
    assert killed_while_rotating(rows.path, nth)

    assert plain(rows, NEW) == [secret(number) for number in range(COUNT)]
    assert rotate(rows, NEW).resealed == COUNT - nth
    assert plain(rows) == [secret(number) for number in range(COUNT)]


def test_it_goes_on_from_where_it_was_in_batches(rows):
    first = rotate_some(rows, NEW, Progress(), limit=3)

    assert (first.after, first.resealed, first.done) == ("row-2", 3, False)
    last = rotate_some(rows, NEW, first, limit=100)
    assert (last.resealed, last.done) == (COUNT, False)
    assert rotate_some(rows, NEW, last).done


def test_S9_a_row_that_cannot_be_opened_is_named_and_left_and_the_others_go_on(rows):
    swapped = rows.sealed_rows("", 100)[1].text
    rows.put("row-2", swapped)
    rows.put("row-4", OTHER.seal(b"x", place("row-4")))
    rows.put("row-5", "junk")

    progress = rotate(rows, NEW)

    assert progress.refused == ("row-2", "row-4", "row-5")
    assert progress.resealed == COUNT - 3
    assert rows.sealed_rows("row-1", 1)[0].text == swapped


def test_a_secret_that_is_set_meanwhile_is_not_put_back(rows):
    class Overtaken(Rows):
        def reseal(self, row, text):
            if row.id == "row-3" and key_id_of(row.text) == OLD.current and self.once:
                self.once = False
                self.put("row-3", OLD.seal(b"set meanwhile", row.place))
            return super().reseal(row, text)

    overtaken = Overtaken(rows.path)
    overtaken.once = True
    with closing(overtaken.connection):
        assert rotate(overtaken, NEW).resealed == COUNT

    assert plain(rows)[3] == b"set meanwhile"


def test_S9_no_secret_stands_in_the_database_or_its_log(rows):
    rotate(rows, NEW)

    written = b"".join(path.read_bytes() for path in rows.path.parent.iterdir())
    assert len(written) > 4096
    assert b"canary" not in written
    assert b"n" * 32 not in written
