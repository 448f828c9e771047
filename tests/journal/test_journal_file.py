"""What a journal promises, whichever way it is kept. Covers F3 and F10 as far as the journal goes."""

from __future__ import annotations

import errno
import os
import stat
from threading import Thread
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journal.reading_back import read_all, read_back
from tidemill.journal.errors import (
    JournalBrokenError,
    JournalClosedError,
    JournalForkedError,
    RecordTooLargeError,
)
from tidemill.journal.file import create_journal, journal_path
from tidemill.journal.mapped import FIRST_WINDOW, LARGEST_WINDOW
from tidemill.journal.reading import JournalReader
from tidemill.journal.record import MAX_PAYLOAD, START
from tidemill.system.clock import JumpingClock
from tidemill.system.locks import file_lock

entries = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=80)), max_size=12)


def child(work):
    """Run ``work`` in a forked child; gives its wait status, 0 for all well."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def test_the_back_end_is_the_one_that_was_asked_for(journal, backend):
    assert type(journal).__name__ == {"mapped": "MappedJournal", "plain": "PlainJournal"}[backend]


def test_entries_are_numbered_from_one(journal):
    assert [journal.append(2, b"a"), journal.append(3, b""), journal.append(2, b"c")] == [1, 2, 3]
    assert journal.last_seq == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(entries, st.integers(1, 5), st.integers(1, 300))
def test_what_is_appended_is_read_live_and_after_close(new_journal, written, max_records, max_bytes):
    journal = new_journal()

    for kind, payload in written:
        journal.append(kind, payload)

    assert read_all(journal, max_records=max_records, max_bytes=max_bytes) == written
    journal.close()
    assert read_back(journal.path) == written


def test_a_journal_longer_than_its_windows_reads_back_from_any_place(journal):
    written = [(i % 200, bytes([i % 251]) * (i * 37 % 3000)) for i in range(9_000)]
    for kind, payload in written:
        journal.append(kind, payload)

    assert journal.size > LARGEST_WINDOW * 2
    assert read_all(journal) == written
    journal.close()
    assert read_back(journal.path) == written


def test_an_entry_larger_than_a_window_and_a_batch_is_taken(journal):
    large = os.urandom(LARGEST_WINDOW * 2 + 13)
    journal.append(1, b"before")
    journal.append(2, large)
    journal.append(3, b"after")

    assert read_all(journal) == [(1, b"before"), (2, large), (3, b"after")]


def test_an_entry_that_is_too_large_changes_nothing(journal):
    journal.append(1, b"a")

    with pytest.raises(RecordTooLargeError):
        journal.append(1, bytes(MAX_PAYLOAD + 1))

    assert journal.append(1, b"b") == 2
    assert read_all(journal) == [(1, b"a"), (1, b"b")]


def test_reading_goes_on_where_it_stopped(journal):
    journal.append(1, b"a")
    piece = journal.read_batch(START)
    assert journal.read_batch(piece.next) == ([], piece.next)

    journal.append(1, b"b")

    assert journal.read_batch(piece.next).records == [(1, b"b")]


def test_eight_threads_append_without_a_gap(journal):
    numbers = [[] for _ in range(8)]

    def work(mine, name):
        for i in range(500):
            mine.append((journal.append(name, b"%d" % i), (name, b"%d" % i)))

    threads = [Thread(target=work, args=(mine, name)) for name, mine in enumerate(numbers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told = dict(pair for mine in numbers for pair in mine)
    assert sorted(told) == list(range(1, 4001))
    assert read_all(journal) == [told[seq] for seq in range(1, 4001)]


def test_only_the_written_bytes_stay_after_close(journal):
    journal.append(1, b"a")
    size = journal.size

    journal.close()

    assert journal.path.stat().st_size == size
    with pytest.raises(JournalClosedError, match="is closed"):
        journal.append(1, b"b")
    with pytest.raises(JournalClosedError, match="is closed"):
        journal.sync()
    journal.close()


def test_a_journal_that_the_store_has_is_set_aside(new_journal):
    journal, behind = new_journal(), new_journal()
    journal.append(1, b"a")
    behind.append(1, b"a")

    journal.close(applied_seq=1)
    behind.close(applied_seq=0)

    assert not journal.path.exists()
    assert read_back(journal.path.with_suffix(".applied")) == [(1, b"a")]
    assert behind.path.exists()


def test_files_and_folder_are_private(journal):
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_the_header_says_whose_and_when(backend, tmp_path):
    producer = str(uuid4())
    journal = create_journal(journal_path(tmp_path, producer), producer, clock=JumpingClock(42))

    with JournalReader(journal.path) as reader:
        assert reader.header == (producer, 42)
    journal.close()


def test_a_journal_is_locked_while_it_lives(journal):
    lock = file_lock(journal.path)
    assert not lock.acquire()

    journal.close()

    assert lock.acquire()
    lock.release()


def test_an_existing_journal_is_never_written_again(journal):
    with pytest.raises(FileExistsError, match="belongs to a process that runs"):
        create_journal(journal.path, journal.producer, clock=JumpingClock())
    journal.close()

    with pytest.raises(FileExistsError, match="begins a new one"):
        create_journal(journal.path, journal.producer)
    assert journal.path.exists()


def test_sync_says_how_far_it_is_safe(journal):
    journal.append(1, b"a")
    journal.append(1, b"b")
    assert journal.synced_seq == 0

    assert journal.sync() == 2

    journal.append(1, b"c")
    assert journal.synced_seq == 2
    journal.durable(3)
    assert journal.synced_seq == 3


def test_after_a_failed_sync_nothing_is_acknowledged(journal, fail):
    """F14: a second fsync may succeed without having written what the first one lost."""
    journal.append(1, b"a")
    fail("journal.before_sync:1:raise")

    with pytest.raises(JournalBrokenError, match="restart"):
        journal.sync()

    for attempt in (journal.sync, lambda: journal.append(1, b"b"), lambda: journal.durable(1)):
        with pytest.raises(JournalBrokenError) as caught:
            attempt()
        assert isinstance(caught.value.__cause__, OSError)
    journal.close()
    assert read_back(journal.path) == [(1, b"a")]


def test_a_full_disk_at_the_write_changes_nothing(journal, fail):
    journal.append(1, b"a")
    fail("journal.before_write:1:enospc")

    with pytest.raises(OSError) as caught:
        journal.append(1, b"lost")

    assert caught.value.errno == errno.ENOSPC
    assert journal.append(1, b"b") == 2
    assert read_all(journal) == [(1, b"a"), (1, b"b")]


def test_a_full_disk_leaves_no_half_made_journal(backend, tmp_path, fail):
    if backend == "plain":
        pytest.skip("a plain journal reserves nothing")
    producer = str(uuid4())
    fail("journal.extend:1:enospc")

    with pytest.raises(OSError):
        create_journal(journal_path(tmp_path, producer), producer)

    assert list(tmp_path.iterdir()) == []


def test_a_mapped_journal_that_cannot_grow_stays_as_it_was(new_journal, backend, fail):
    if backend == "plain":
        pytest.skip("a plain journal reserves nothing")
    journal = new_journal()
    fail("journal.extend:1:enospc")
    journal.append(1, b"a")

    with pytest.raises(OSError):
        journal.append(1, bytes(FIRST_WINDOW))

    assert journal.append(1, b"still fits") == 2
    assert journal.append(1, bytes(FIRST_WINDOW)) == 3
    assert read_all(journal) == [(1, b"a"), (1, b"still fits"), (1, bytes(FIRST_WINDOW))]


def test_a_forked_child_cannot_touch_its_parents_journal(journal):
    """F10."""
    journal.append(1, b"parent")

    def work():
        for attempt in (lambda: journal.append(1, b"child"), journal.sync):
            with pytest.raises(JournalForkedError, match="of its own"):
                attempt()
        journal.close()
        own = str(uuid4())
        other = create_journal(journal_path(journal.path.parent, own), own)
        assert other.append(1, b"child") == 1
        other.close()

    assert child(work) == 0
    assert not file_lock(journal.path).acquire()
    assert journal.append(1, b"parent still") == 2
    assert read_all(journal) == [(1, b"parent"), (1, b"parent still")]
