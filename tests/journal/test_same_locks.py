"""Processes that share a home but not the kind of lock are refused, in either order. Covers F10."""

from __future__ import annotations

import os

import pytest

from tidemill.exceptions import RecordingError
from tidemill.journal.file import create_journal, journal_path
from tidemill.journal.orphans import orphans

ONE = "01920000-0000-7000-8000-000000000001"
TWO = "01920000-0000-7000-8000-000000000002"

BOTH_ORDERS = pytest.mark.parametrize(("first", "second"), [("0", "1"), ("1", "0")])


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Begin a journal as a process with this value of TIDEMILL_PORTABLE would."""
    begun = []

    def begin(producer, kind):
        monkeypatch.setenv("TIDEMILL_PORTABLE", kind)
        begun.append(create_journal(journal_path(tmp_path / "journal", producer), producer))
        return begun[-1]

    yield begin
    for journal in begun:
        journal.close()


@BOTH_ORDERS
def test_the_second_kind_is_refused_while_the_first_is_open(begin, tmp_path, first, second):
    begin(ONE, first)

    with pytest.raises(RecordingError, match=f"(?s)set TIDEMILL_PORTABLE={first} here too.*TIDEMILL_HOME"):
        begin(TWO, second)

    assert [path.name for path in (tmp_path / "journal").glob("*.log")] == [f"{ONE}.log"]


@BOTH_ORDERS
def test_what_lives_under_the_other_kind_is_no_orphan(begin, tmp_path, monkeypatch, first, second):
    begin(ONE, first)
    monkeypatch.setenv("TIDEMILL_PORTABLE", second)

    with pytest.raises(RecordingError, match="Their locks do not see each other"):
        list(orphans(tmp_path / "journal"))


@BOTH_ORDERS
def test_the_other_kind_may_come_when_nobody_is_there(begin, tmp_path, monkeypatch, first, second):
    begin(ONE, first).close()
    begin(TWO, second)

    assert [orphan.producer for orphan in orphans(tmp_path / "journal")] == [ONE]


@pytest.mark.parametrize("kind", ["0", "1"])
def test_the_same_kind_shares_a_home(begin, tmp_path, kind):
    begin(ONE, kind)
    begin(TWO, kind)

    assert list(orphans(tmp_path / "journal")) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the holder is a forked child")
@BOTH_ORDERS
def test_a_dead_holder_of_the_other_kind_is_an_orphan_and_leaves_nothing(begin, tmp_path, monkeypatch, first, second):
    pid = os.fork()
    if pid == 0:
        begin(ONE, first)
        os._exit(0)
    os.waitpid(pid, 0)
    monkeypatch.setenv("TIDEMILL_PORTABLE", second)

    [found] = [orphan.producer for orphan in orphans(tmp_path / "journal")]
    begin(TWO, second)

    assert found == ONE
    assert not (tmp_path / "journal" / f"{ONE}.log.lock").exists()
