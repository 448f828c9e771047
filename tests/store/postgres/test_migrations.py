from __future__ import annotations

from threading import Thread

import apsw
import psycopg
import pytest
from psycopg import errors

from tests.postgres import command, new_database
from tests.store.conformance.story import Story
from tidemill.store import migrations
from tidemill.store.errors import ForeignStoreError, NewerStoreError, StoreBusyError
from tidemill.store.migrations import CURRENT, Step
from tidemill.store.postgres import maintaining, migrating, step_locks
from tidemill.store.postgres.schema import schema_words, statements
from tidemill.store.postgres.store import PostgresStore
from tidemill.store.sqlite import migrating as sqlite

_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'schema_version' ORDER BY table_name, ordinal_position
"""
_INDEXES = """
SELECT t.relname, i.relname, indisunique, indpred IS NOT NULL, indisprimary,
    array(SELECT attname::text FROM unnest(indkey) WITH ORDINALITY AS k (number, place)
        LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = k.number WHERE k.place <= indnkeyatts ORDER BY place)
FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_class AS t ON t.oid = indrelid
WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> 'schema_version'
"""


@pytest.fixture
def url():
    return new_database("migrations")


@pytest.fixture
def connection(url):
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def schema_of(url):
    return command(url, _COLUMNS), sorted(command(url, _INDEXES))


@pytest.mark.parametrize("version", range(CURRENT))
def test_up_down_and_up_again_leads_to_the_same_schema(url, version):
    maintaining.migrate_to(url, version)
    lower = schema_of(url)
    maintaining.migrate_to(url)
    current = schema_of(url)

    maintaining.migrate_to(url, version)
    assert schema_of(url) == lower
    maintaining.migrate_to(url)

    assert schema_of(url) == current
    assert maintaining.version_of(url) == CURRENT


def _sqlite_schema():
    connection = apsw.Connection(":memory:")
    sqlite.migrate(connection)
    columns, indexes = set(), set()
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'"
    ).fetchall():
        for _, name, kind, required, _, key in connection.execute(f"PRAGMA table_info({table})").fetchall():
            columns.add((table, name, kind, not required and not key))
        for _, name, unique, origin, partial in connection.execute(f"PRAGMA index_list({table})").fetchall():
            if origin != "pk":
                inside = [row[2] for row in connection.execute(f"PRAGMA index_info({name})").fetchall()]
                indexes.add((table, name if origin == "c" else "", bool(unique), bool(partial), tuple(inside)))
    return columns, indexes


def test_both_databases_have_the_same_tables_columns_and_indexes(url):
    maintaining.migrate_to(url)
    kinds = {"bigint": "INTEGER", "text": "TEXT", "double precision": "REAL", "bytea": "BLOB"}

    columns = {(table, name, kinds[kind], optional) for table, name, kind, optional in command(url, _COLUMNS)}
    made = {name for table, name, *_ in _sqlite_schema()[1]}
    indexes = {
        (table, name if name in made else "", unique, partial, tuple(inside))
        for table, name, unique, partial, primary, inside in command(url, _INDEXES)
        if not primary
    }

    assert (columns, indexes) == _sqlite_schema()


def test_texts_are_compared_byte_by_byte(url):
    maintaining.migrate_to(url)
    other = "SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'text' AND "

    assert command(url, f"{other} collation_name IS DISTINCT FROM 'C' AND table_schema = 'public'") == []


def test_a_database_from_the_future_is_refused_and_left_alone(url):
    PostgresStore.open(url).close()
    command(url, f"UPDATE schema_version SET version = {CURRENT + 1}")
    before = schema_of(url)

    with pytest.raises(NewerStoreError, match=r"newer tidemill \(schema \d+.*pip install --upgrade tidemill"):
        PostgresStore.open(url)

    assert schema_of(url) == before


def test_another_programs_database_is_refused_and_left_alone(url):
    command(url, "CREATE TABLE flow_run (id uuid)")
    before = schema_of(url)

    with pytest.raises(ForeignStoreError, match=r"another program's runs.*CREATE DATABASE tidemill"):
        PostgresStore.open(url)

    assert schema_of(url) == before


def test_of_several_that_open_a_fresh_database_one_makes_it(url):
    failures = []

    def work(number):
        try:
            with PostgresStore.open(url) as store:
                Story(store, f"producer-{number}").running(f"run-{number}")
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with PostgresStore.open(url) as store:
        assert store.count_flow_runs() == 5


def test_a_step_that_fails_is_undone(url, connection, monkeypatch):
    twice = Step("twice", "CREATE TABLE half (x INTEGER); CREATE TABLE half (x INTEGER)", 1)
    monkeypatch.setattr(migrating, "way", lambda *_: [twice])

    with pytest.raises(errors.DuplicateTable):
        migrating.migrate(connection, url)

    assert command(url, "SELECT to_regclass('half')") == [(None,)]
    assert migrating.version_of(connection) == 0


OUTSIDE = """-- outside a transaction
-- a comment with a ; in it
CREATE INDEX @concurrently() log_name ON log (name);
CREATE INDEX @concurrently() log_level ON log (level);
"""


def test_a_step_outside_a_transaction_goes_on_where_it_was_cut_off(url, connection, monkeypatch):
    maintaining.migrate_to(url, 1)
    connection.execute("CREATE INDEX log_name ON log (name)")
    connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'log_name'::regclass")
    monkeypatch.setattr(migrating, "way", lambda *_: [Step("outside", OUTSIDE, 2)])

    migrating.migrate(connection, url)

    valid = "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE 'log\\__%'"
    assert {("log_level", True), ("log_name", True)} <= set(command(url, valid))
    assert migrating.version_of(connection) == 2


def test_a_step_outside_a_transaction_takes_nothing_back_that_others_took_meanwhile(url, connection):
    maintaining.migrate_to(url, 1)
    overtaken = Step("outside", "-- outside a transaction\nUPDATE schema_version SET version = 3;", 2)

    migrating._outside(connection, overtaken, 1)

    assert migrating.version_of(connection) == 3


def test_a_step_does_not_wait_long_for_a_table_that_others_hold(url, connection, monkeypatch):
    maintaining.migrate_to(url, 1)
    monkeypatch.setattr(migrating, "_ATTEMPTS", 1)
    monkeypatch.setattr(step_locks, "FIRST_WAIT", "10ms")
    monkeypatch.setattr(migrating, "way", lambda *_: [Step("0002_more.up.sql", "ALTER TABLE log ADD more TEXT", 2)])
    with psycopg.connect(url) as other:
        other.execute("SELECT * FROM log")
        with pytest.raises(StoreBusyError, match=r"0002_more\.up\.sql could not be taken"):
            migrating.migrate(connection, "here")

    migrating.migrate(connection, "here")
    assert migrating.version_of(connection) == 2


def test_sqlites_words_become_postgresqls():
    sql = "CREATE TABLE a (n INTEGER PRIMARY KEY, t TEXT DEFAULT 'TEXT', r REAL) STRICT, WITHOUT ROWID; -- INTEGER"

    assert schema_words(sql) == (
        "CREATE TABLE a (n BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, t TEXT COLLATE \"C\" DEFAULT 'TEXT', "
        "r DOUBLE PRECISION); -- INTEGER"
    )


def test_statements_are_told_apart():
    assert statements("-- a;\nSELECT ';' AS \";\"; -- b;\nSELECT 2;\n") == ["SELECT ';' AS \";\"", "SELECT 2"]


def test_every_step_is_known_to_both():
    assert migrations.CURRENT == len(migrations.STEPS)
