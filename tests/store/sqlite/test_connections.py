from __future__ import annotations

import apsw
import pytest

from tests.store.conformance.story import Story, line
from tidemill.store.asking import scalar
from tidemill.store.errors import StoreBrokenError, StoreBusyError, StoreFullError
from tidemill.store.sqlite.connection import open_reader, open_writer, translated
from tidemill.store.sqlite.connections import WalSizes, open_file
from tidemill.store.sqlite.store import SqliteStore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "tidemill.db"


def test_every_setting_that_durability_rests_on_is_set(path):
    SqliteStore.open(path).close()
    writer = open_writer(path)

    settings = {
        name: scalar(writer, f"PRAGMA {name}")
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "mmap_size", "wal_autocheckpoint",
                     "journal_size_limit", "trusted_schema")
    }  # fmt: skip

    assert settings == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "mmap_size": 0,
        "wal_autocheckpoint": 0, "journal_size_limit": 64 * 1024 * 1024, "trusted_schema": 0,
    }  # fmt: skip
    writer.close()


def test_a_reader_cannot_write(path):
    SqliteStore.open(path).close()
    reader = open_reader(path)
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM flow_run")
    reader.close()


def test_what_fails_in_the_middle_leaves_nothing(path):
    with SqliteStore.open(path) as store:
        run = Story(store).running()
        broken = Story(store, "producer-2")
        batch = broken.batch(line(run, "one"), line(run, None))
        with pytest.raises(Exception, match="NOT NULL"):
            store.apply(batch, own=True)
        assert store.read_logs() == []
        assert store.read_producer("producer-2") is None
        Story(store, "producer-2").tell(line(run, "and on it goes"))


def test_f13_the_log_stays_small(path):
    sizes = WalSizes(checkpoint=200_000, pressing=400_000, full=800_000)
    store = SqliteStore(open_file(path, wal=sizes))
    story = Story(store)
    run = story.running()
    log = path.with_name("tidemill.db-wal")

    for _ in range(40):
        story.tell(*(line(run, "x" * 500) for _ in range(50)))
        assert log.stat().st_size < sizes.pressing

    store.close()


def test_f13_a_long_reader_makes_writers_wait_and_loses_nothing(path):
    sizes = WalSizes(checkpoint=100_000, pressing=200_000, full=200_000)
    connections = open_file(path, wal=sizes)
    store = SqliteStore(connections)
    story = Story(store)
    run = story.running()
    with connections.writing() as writer:
        writer.execute("PRAGMA busy_timeout = 1").fetchall()
    reader = open_reader(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM log").fetchall()

    batches = [story.batch(*(line(run, "x" * 500) for _ in range(50))) for _ in range(100)]
    last = story.seq
    with pytest.raises(StoreBusyError, match="a long reader"):
        [store.apply(batch) for batch in batches]
    sent = len(store.read_logs(limit=-1)) // 50
    assert 0 < sent < 100
    assert path.with_name("tidemill.db-wal").stat().st_size < 2 * sizes.full
    reader.execute("COMMIT")

    assert [store.apply(batch) for batch in batches][-1] == last
    assert len(store.read_logs(limit=-1)) == 5000
    reader.close()
    store.close()


def test_f13_a_foreign_writer_is_waited_for_and_then_named(path):
    store = SqliteStore.open(path, busy_seconds=0.001)
    foreign = open_writer(path)
    foreign.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreBusyError, match="safe to try again"):
        Story(store).running()

    foreign.execute("ROLLBACK")
    Story(store).running()
    foreign.close()
    store.close()


def test_f14_a_full_disk_refuses_and_leaves_readers_alone(path):
    connections = open_file(path)
    store = SqliteStore(connections)
    story = Story(store)
    run = story.running()
    with connections.writing() as writer:
        writer.execute("PRAGMA max_page_count = 1").fetchall()  # SQLite's own way to have no room

    batch = story.batch(*(line(run, "x" * 5000) for _ in range(200)))
    with pytest.raises(StoreFullError, match="no room left"):
        store.apply(batch)

    assert store.read_flow_run(run).id == run
    with connections.writing() as writer:
        writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert store.apply(batch) == story.seq
    store.close()


def test_complaints_are_translated():
    assert isinstance(translated(apsw.IOError("disk I/O error"), "x"), StoreBrokenError)
    assert isinstance(translated(apsw.BusyError("locked"), "x"), StoreBusyError)


def test_a_copy_that_has_forgotten_its_log_gets_one_again(tmp_path):
    original, copy = tmp_path / "home" / "tidemill.db", tmp_path / "copy.db"
    SqliteStore.open(original).close()
    connection = apsw.Connection(str(original))
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()

    connections = open_file(copy)

    with connections.writing() as writer:
        assert scalar(writer, "PRAGMA journal_mode") == "wal"
    connections.close()
