"""What a dead process leaves is found, drained and, in time, deleted."""

from __future__ import annotations

import pytest

from tidemill.journal.errors import NotAJournalError
from tidemill.journal.feed import drain
from tidemill.journal.orphans import KEEP_SECONDS, orphans, sweep
from tidemill.journal.reading import JournalReader
from tidemill.system.locks import file_lock

KEEP_US = int(KEEP_SECONDS * 1_000_000)


def modified_us(path):
    return path.stat().st_mtime_ns // 1000


def test_living_journals_are_not_orphans(new_journal):
    living, gone = new_journal(), new_journal()
    gone.close()

    assert [orphan.path for orphan in orphans(living.path.parent)] == [gone.path]


def test_an_orphan_is_locked_while_it_is_handled(journal):
    journal.close()

    for orphan in orphans(journal.path.parent):
        assert orphan.producer == journal.producer
        assert not file_lock(orphan.path).acquire()
        assert list(orphans(journal.path.parent)) == []

    lock = file_lock(journal.path)
    assert lock.acquire()
    lock.release()


def test_our_own_is_never_touched(journal):
    journal.close()

    assert list(orphans(journal.path.parent, own=journal.path)) == []


def test_what_is_not_done_comes_again(journal):
    journal.close()

    for _ in range(2):
        assert len(list(orphans(journal.path.parent))) == 1


def test_what_is_done_is_kept_for_a_while_and_then_deleted(journal):
    journal.append(7, b'["r",1]')
    journal.close()
    written = modified_us(journal.path)

    for orphan in orphans(journal.path.parent):
        assert drain(orphan.path, lambda batch: batch.last_seq) == 1
        orphan.done(written + 1)

    assert list(orphans(journal.path.parent)) == []
    assert sweep(journal.path.parent, written + KEEP_US) == 0
    with JournalReader(journal.path.with_suffix(".applied")) as kept:
        assert kept.read_batch().records == [(7, b'["r",1]')]
    assert sweep(journal.path.parent, written + KEEP_US + 1) == 1
    assert list(journal.path.parent.iterdir()) == []


def test_how_long_can_be_chosen(journal):
    journal.close()
    written = modified_us(journal.path)

    for orphan in orphans(journal.path.parent):
        orphan.done(written + 1_000_000, keep_seconds=1.0)

    assert sweep(journal.path.parent, written + 1_000_000, keep_seconds=1.0) == 0
    assert sweep(journal.path.parent, written + 1_000_001, keep_seconds=1.0) == 1


def test_what_is_done_and_old_goes_at_once(journal):
    journal.close()

    for orphan in orphans(journal.path.parent):
        orphan.done(modified_us(orphan.path) + KEEP_US + 1)

    assert list(journal.path.parent.iterdir()) == []


def test_a_file_that_was_never_begun_has_nothing_to_drain(journal):
    journal.close()
    journal.path.write_bytes(b"")

    assert drain(journal.path, lambda batch: batch.last_seq) == 0


def test_a_foreign_file_is_refused_and_left_alone(journal):
    journal.close()
    journal.path.write_bytes(b"SQLite format 3\0" * 10)

    with pytest.raises(NotAJournalError, match="is not a tidemill journal"):
        drain(journal.path, lambda batch: batch.last_seq)

    assert journal.path.read_bytes() == b"SQLite format 3\0" * 10


def test_an_empty_folder_and_a_missing_one_have_no_orphans(tmp_path):
    assert list(orphans(tmp_path)) == []
    assert list(orphans(tmp_path / "missing")) == []
    assert sweep(tmp_path / "missing", 0) == 0
