"""What a dead process leaves is found, drained and, in time, deleted."""

from __future__ import annotations

import pytest

from tidemill.journal.errors import NotAJournalError
from tidemill.journal.feed import drain
from tidemill.journal.orphans import KEEP_US, orphans, put_back, sweep
from tidemill.journal.reading import JournalReader
from tidemill.system.locks import file_lock


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


HOUR = 60 * 60 * 1_000_000


def no_runs():
    return []


def set_aside(journal, at):
    journal.close()
    for orphan in orphans(journal.path.parent):
        orphan.done(at)
    return journal.path.with_suffix(".applied")


def test_what_is_done_is_kept_for_a_while_and_then_deleted(journal):
    journal.append(7, b'["r",1]')
    journal.close()
    late = modified_us(journal.path) + HOUR  # its runs end as Crashed only when somebody finds it

    for orphan in orphans(journal.path.parent):
        assert drain(orphan.path, lambda batch: batch.last_seq) == 1
        orphan.done(late)

    assert list(orphans(journal.path.parent)) == []
    assert sweep(journal.path.parent, late + KEEP_US, no_runs) == 0
    with JournalReader(journal.path.with_suffix(".applied")) as kept:
        assert kept.read_batch().records == [(7, b'["r",1]')]
    assert sweep(journal.path.parent, late + KEEP_US + 1, no_runs) == 1
    assert list(journal.path.parent.iterdir()) == []


def test_what_is_done_stays_until_its_runs_are_over_and_15_minutes_more(journal):
    """A run that waits for a person may wait for days, in no process."""
    journal.append(7, b'["a-suspended-run",1]')
    kept = set_aside(journal, at=modified_us(journal.path))
    folder, later = kept.parent, modified_us(kept) + HOUR

    assert sweep(folder, later, lambda: ["another-run", "a-suspended-run"]) == 0
    assert sweep(folder, later + KEEP_US, no_runs) == 0
    assert kept.exists()
    assert sweep(folder, later + KEEP_US + 1, no_runs) == 1


def test_nobody_is_asked_for_runs_where_there_is_nothing_to_delete(journal):
    kept = set_aside(journal, at=modified_us(journal.path))

    def never():
        raise AssertionError

    assert sweep(kept.parent, modified_us(kept) + KEEP_US, never) == 0


def test_what_the_store_has_forgotten_is_put_back(new_journal):
    known, forgotten = new_journal(), new_journal()
    for journal in (known, forgotten):
        set_aside(journal, at=modified_us(journal.path))

    assert put_back(known.path.parent, lambda ids: {known.producer} & set(ids)) == 1

    assert [orphan.producer for orphan in orphans(known.path.parent)] == [forgotten.producer]


def test_what_cannot_be_opened_is_passed_over(journal, caplog):
    (journal.path.parent / "a-folder.log").mkdir()
    journal.close()

    assert [orphan.path for orphan in orphans(journal.path.parent)] == [journal.path]
    assert "a-folder.log" in caplog.text


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
    assert sweep(tmp_path / "missing", 0, no_runs) == 0
