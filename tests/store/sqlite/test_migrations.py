from __future__ import annotations

from importlib.resources import files

import apsw
import pytest

from tests.store.conformance.story import Story
from tidemill.store.asking import all_rows
from tidemill.store.sqlite import migrations
from tidemill.store.sqlite.place import APPLICATION_ID
from tidemill.store.sqlite.store import SqliteStore


def schema(path) -> list[tuple]:
    connection = apsw.Connection(str(path))
    found = all_rows(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    connection.close()
    return found


def database_of_version(path, version: int) -> None:
    path.parent.mkdir()
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    migrations.migrate(connection, version)
    connection.close()


@pytest.mark.parametrize("version", range(migrations.CURRENT + 1))
def test_a_migrated_schema_is_that_of_a_fresh_database(tmp_path, version):
    old, fresh = tmp_path / "old" / "tidemill.db", tmp_path / "fresh" / "tidemill.db"
    database_of_version(old, version)
    SqliteStore.open(fresh).close()

    with SqliteStore.open(old) as store:
        Story(store).running()

    assert schema(old) == schema(fresh)


def test_steps_are_numbered_without_a_gap():
    folder = files(migrations.__package__)
    found = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    assert [int(name[:4]) for name in found] == list(range(1, migrations.CURRENT + 1))


def test_every_table_has_a_workspace(tmp_path):
    path = tmp_path / "home" / "tidemill.db"
    SqliteStore.open(path).close()
    connection = apsw.Connection(str(path))

    tables = [name for (name,) in all_rows(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
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
    monkeypatch.setattr(migrations, "step", lambda number: "CREATE TABLE half (x); CREATE TABLE half (x)")
    with pytest.raises(apsw.SQLError):
        migrations.migrate(connection)
    assert all_rows(connection, "SELECT name FROM sqlite_schema") == []
    assert migrations.version_of(connection) == 0
