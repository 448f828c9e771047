from __future__ import annotations

from hashlib import sha256

import apsw
import pytest

from tests.store.conformance.story import Story
from tidemill.store import migrations
from tidemill.store.asking import all_rows
from tidemill.store.sqlite import migrating
from tidemill.store.sqlite.place import APPLICATION_ID
from tidemill.store.sqlite.store import SqliteStore

#: Of the schema as it was released; databases of these versions are out there.
RELEASED = {
    1: "937fbeccbb5502768d186a1dc2978822022f33b2522d0c71bb8094b996a38ae2",
    2: "c535dba655b98c256f92b9e2ebdfb4f49d17622fa30e0ca1e32239f262265b36",
}


#: SQLite makes a table of its own where rows are numbered by AUTOINCREMENT, and never lets go of it.
OURS = "FROM sqlite_schema WHERE name <> 'sqlite_sequence'"


def schema_of(connection) -> list[tuple]:
    return all_rows(connection, f"SELECT type, name, tbl_name, sql {OURS} ORDER BY type, name")


def schema(path) -> list[tuple]:
    connection = apsw.Connection(str(path))
    found = schema_of(connection)
    connection.close()
    return found


def database_of_version(path, version: int) -> None:
    path.parent.mkdir()
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    migrating.migrate(connection, version)
    connection.close()


@pytest.mark.parametrize("version", range(migrations.CURRENT + 1))
def test_a_migrated_schema_is_that_of_a_fresh_database(tmp_path, version):
    old, fresh = tmp_path / "old" / "tidemill.db", tmp_path / "fresh" / "tidemill.db"
    database_of_version(old, version)
    SqliteStore.open(fresh).close()

    with SqliteStore.open(old) as store:
        Story(store).running()

    assert schema(old) == schema(fresh)


@pytest.mark.parametrize("version", RELEASED)
def test_the_released_schema_is_what_it_was(version):
    connection = apsw.Connection(":memory:")

    migrating.migrate(connection, version)

    assert sha256(repr(schema_of(connection)).encode()).hexdigest() == RELEASED[version]


@pytest.mark.parametrize("version", range(migrations.CURRENT))
def test_down_and_up_again_leads_to_the_same_schema(version):
    connection = apsw.Connection(":memory:")
    migrating.migrate(connection, version)
    lower = schema_of(connection)
    migrating.migrate(connection)
    current = schema_of(connection)

    migrating.migrate(connection, version)
    assert schema_of(connection) == lower
    migrating.migrate(connection)

    assert schema_of(connection) == current
    assert migrating.version_of(connection) == migrations.CURRENT


def test_every_table_has_a_workspace(tmp_path):
    path = tmp_path / "home" / "tidemill.db"
    SqliteStore.open(path).close()
    connection = apsw.Connection(str(path))

    tables = [name for (name,) in all_rows(connection, f"SELECT name {OURS} AND type = 'table'")]
    without = [
        table
        for table in tables
        if table != "workspace"
        and "workspace_id" not in {row[1] for row in all_rows(connection, f"PRAGMA table_info({table})")}
    ]

    assert without == []
    connection.close()


def test_a_step_that_fails_is_undone(monkeypatch):
    connection = apsw.Connection(":memory:")
    twice = migrations.Step("twice", "CREATE TABLE half (x); CREATE TABLE half (x)", 1)
    monkeypatch.setattr(migrating, "way", lambda *_: [twice])
    with pytest.raises(apsw.SQLError):
        migrating.migrate(connection)
    assert all_rows(connection, f"SELECT name {OURS}") == []
    assert migrating.version_of(connection) == 0
