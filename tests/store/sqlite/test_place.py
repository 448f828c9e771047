"""F14, F15: what is not ours, damaged or in the wrong place is refused by name and left as it was."""

from __future__ import annotations

import os
import sqlite3
import stat
from hashlib import sha256
from pathlib import Path

import apsw
import pytest

from tests.store.conformance.story import Story
from tidemill.store import migrations
from tidemill.store.errors import (
    CorruptStoreError,
    ForeignStoreError,
    NewerStoreError,
    StoreError,
    UnsuitablePlaceError,
)
from tidemill.store.sqlite import place
from tidemill.store.sqlite.connection import check_library
from tidemill.store.sqlite.mounts import file_system_of, refuse_network
from tidemill.store.sqlite.store import SqliteStore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "tidemill.db"


def everything_in(folder):
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_a_new_database_and_its_folder_are_for_the_owner_only(path):
    old = os.umask(0)
    try:
        with SqliteStore.open(path) as store:
            Story(store).running()
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            for file in path.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    finally:
        os.umask(old)


@pytest.mark.parametrize("content", [b"hello", b"x" * 5000, b"SQLite format 3\x00"])
def test_a_file_of_another_kind_is_refused_and_left_alone(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    before = everything_in(path.parent)

    with pytest.raises(ForeignStoreError, match=r"tidemill\.db is not a SQLite database.*TIDEMILL_HOME"):
        SqliteStore.open(path)

    assert everything_in(path.parent) == before


def test_an_empty_file_is_a_new_database(path):
    path.parent.mkdir()
    path.touch()

    with SqliteStore.open(path) as store:
        Story(store).running()

    assert place.is_ours(path)


def test_an_empty_file_with_a_log_beside_it_was_cut_short_and_is_left_alone(path):
    path.parent.mkdir()
    path.touch()
    path.with_name("tidemill.db-wal").write_bytes(b"what is left")
    before = everything_in(path.parent)

    with pytest.raises(ForeignStoreError, match="damaged"):
        SqliteStore.open(path)

    assert everything_in(path.parent) == before


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_database_of_another_program_is_refused_and_left_alone(path, mode):
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA journal_mode = {mode}")
        other.execute("CREATE TABLE flow_run (id)")
        other.commit()
        before = everything_in(path.parent)

        with pytest.raises(ForeignStoreError, match="not one of tidemill's"):
            SqliteStore.open(path)

        assert everything_in(path.parent) == before
    other.close()


def test_a_database_from_the_future_is_refused_and_left_alone(path):
    SqliteStore.open(path).close()
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA user_version = {migrations.CURRENT + 1}")
    connection.close()
    before = everything_in(path.parent)

    with pytest.raises(NewerStoreError, match=r"newer tidemill \(schema \d+.*pip install --upgrade tidemill"):
        SqliteStore.open(path)

    assert everything_in(path.parent) == before


def test_a_damaged_database_is_named(path):
    with SqliteStore.open(path) as store:
        for name in range(50):
            Story(store, f"producer-{name}").running(f"run-{name}")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x5a" * (len(whole) - 4096))

    with pytest.raises(CorruptStoreError, match=r"tidemill\.db is damaged.*recover"), SqliteStore.open(path) as store:
        store.check()


def test_a_whole_database_passes_the_check(path):
    with SqliteStore.open(path) as store:
        Story(store).running()
        store.check()


def test_the_log_of_a_removed_database_does_not_meet_the_new_one(path):
    with SqliteStore.open(path) as store:
        Story(store).running()
        log = path.with_name("tidemill.db-wal").read_bytes()
    path.unlink()
    path.with_name("tidemill.db-wal").write_bytes(log)

    with SqliteStore.open(path) as store:
        assert store.find_flow_runs() == []
        store.check()


def test_a_creator_that_was_killed_leaves_nothing_in_the_way(path):
    path.parent.mkdir()
    path.with_name(f".tidemill.db.{os.getpid()}.new").write_bytes(b"half")
    SqliteStore.open(path).close()
    assert place.is_ours(path)


def test_an_unwritable_folder_is_named(tmp_path):
    if os.geteuid() == 0:
        blocked = tmp_path / "file"
        blocked.write_text("not a folder")
    else:
        blocked = tmp_path / "locked"
        blocked.mkdir(mode=0o500)
    with pytest.raises(UnsuitablePlaceError, match=f"{blocked.name}.*TIDEMILL_HOME"):
        SqliteStore.open(blocked / "home" / "tidemill.db")


@pytest.mark.parametrize("version", ["3.51.2", "3.40.1", "3.7"])
def test_f15_an_old_sqlite_is_refused_by_name(version):
    with pytest.raises(UnsuitablePlaceError, match=f"SQLite {version} .*needs 3.51.3"):
        check_library(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "4.0.0", None])
def test_f15_a_sound_sqlite_passes(version):
    check_library(version)


def _mounts(folder, kind, tmp_path):
    device = folder.stat().st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 0:999 / /proc rw - proc proc rw\n"
        f"36 35 {os.major(device)}:{os.minor(device)} / /mnt rw,noatime master:1 - {kind} server:/x rw\n"
    )
    return mounts


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_f26_a_network_file_system_is_refused(tmp_path, kind):
    with pytest.raises(UnsuitablePlaceError, match=f"network file system .{kind}."):
        refuse_network(tmp_path, _mounts(tmp_path, kind, tmp_path))


@pytest.mark.machine
def test_a_path_that_is_not_utf_8_is_refused_in_words(tmp_path):
    with pytest.raises(UnsuitablePlaceError, match=r"is not UTF-8.*TIDEMILL_HOME"):
        SqliteStore.open(tmp_path / "h\udcff" / "tidemill.db")


def test_local_and_unknown_file_systems_pass(tmp_path):
    refuse_network(tmp_path, _mounts(tmp_path, "ext4", tmp_path))
    assert file_system_of(tmp_path, tmp_path / "no such file") is None


def test_a_closed_store_says_so(path):
    store = SqliteStore.open(path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="was closed"):
        store.flows()


def _who_has_it(path):
    """How many locks this process has on the file; to have looked into it would have dropped them."""
    number = str(path.stat().st_ino)
    return sum(
        f":{number} " in line and f" {os.getpid()} " in line for line in Path("/proc/locks").read_text().splitlines()
    )


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the machine does not tell of its locks")
def test_a_file_that_is_open_under_another_name_is_not_looked_into(path, tmp_path):
    """Else the last other process to close it would take the log for nobody's, and delete it."""
    with SqliteStore.open(path) as store:
        Story(store).running()
        (tmp_path / "link").symlink_to(path.parent)
        before = _who_has_it(path)

        with SqliteStore.open(tmp_path / "link" / "tidemill.db") as again:
            assert len(again.find_flow_runs()) == 1
            assert before
            assert _who_has_it(path) >= before
        assert _who_has_it(path) >= before
    file = path.stat()
    assert not place._open_here[file.st_dev, file.st_ino]
