"""A home that was in use when the machine went down is looked through for damage, once."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest

from tests.store.conformance.story import Story, line, started
from tests.store.conformance.story import ended as end_of
from tidemill.api.embedded import Home
from tidemill.api.lost_boot import check_after_lost_boot
from tidemill.domain.runs import Producer
from tidemill.store.errors import CorruptStoreError
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.processes import boot_id, hostname

LONG_AGO = 1_700_000_000_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def database(path):
    """A database with some hundred pages."""
    with SqliteStore.open(path / "tidemill.db") as store:
        story = Story(store)
        run = story.running()
        for number in range(300):
            story.tell(started(run, f"{number}"), end_of(run, f"{number}", result="r" * 2000), line(run, "x" * 500))
        store.crash_runs_of(story.producer, LONG_AGO, "as it was")
        store.end_producer(story.producer, LONG_AGO)
    return path / "tidemill.db"


def left_in_use(database, boot: str | None = "another boot", **fields) -> None:
    """As a process that went down with its machine leaves it."""
    given = {"id": "gone", "boot_id": boot, "host": hostname(), "pid": 1, "beat_us": LONG_AGO} | fields
    with SqliteStore.open(database) as store:
        store.register_producer(Producer(lease_until_us=LONG_AGO, **given))


def damage(database) -> None:
    """Pages in the midst of the file that were never written."""
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(bytes(8 * 4096))


def test_damage_is_found_after_a_power_cut_and_the_database_left_as_it_is(path, database):
    left_in_use(database)
    damage(database)
    before = database.read_bytes()

    with pytest.raises(CorruptStoreError, match=r"is damaged .*\.recover"):
        Home(path)

    assert database.read_bytes() == before
    with pytest.raises(CorruptStoreError):
        Home(path)


def test_what_is_sound_opens_and_is_not_looked_through_again(path, database):
    left_in_use(database)

    home = Home(path)
    assert home.store.producers_not_ended() == []
    home.close()

    damage(database)
    Home(path).close()


def test_a_home_that_was_closed_in_order_is_not_looked_through(path, database):
    damage(database)
    Home(path).close()


@pytest.mark.skipif(not boot_id(), reason="this platform tells no boot from another")
def test_a_killed_process_is_no_power_cut(database):
    left_in_use(database, boot_id())
    with SqliteStore.open(database) as store:
        assert not check_after_lost_boot(store, database)


def test_where_no_boot_has_an_id_a_process_that_is_gone_counts(database):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left_in_use(database, "", pid=os.getpid())
    with SqliteStore.open(database) as store:
        assert not check_after_lost_boot(store, database, "")

    left_in_use(database, "", pid=ended.pid)
    with SqliteStore.open(database) as store:
        assert check_after_lost_boot(store, database, "")


def test_that_it_takes_long_is_said(database, caplog):
    left_in_use(database)
    with database.open("r+b") as file:
        file.truncate(300 * 1024 * 1024)  # sparse; what stands behind the last page is not SQLite's

    with SqliteStore.open(database) as store, caplog.at_level(logging.WARNING, "tidemill.home"):
        assert check_after_lost_boot(store, database)

    assert "went down while" in caplog.text
    assert "about 1 s" in caplog.text
