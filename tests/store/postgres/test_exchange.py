"""Statements that go to libpq itself: what they answer, which are prepared, and what a lost connection says."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from tests.postgres import command, empty_database
from tidemill.store.postgres import exchange
from tidemill.store.postgres.address import address_of
from tidemill.store.postgres.connection import open_connection


@pytest.fixture
def url():
    return empty_database()


@pytest.fixture
def connection(url):
    connection = open_connection(address_of(url))
    yield connection
    connection.close()


def ask(connection, sql, *values):
    told = connection.tell(sql.encode(), values, may_prepare=True)
    connection.settle()
    return told.rows, told.changes


def prepared(connection):
    return [statement for (statement,) in connection.say(b"SELECT statement FROM pg_prepared_statements").rows]


def test_rows_come_with_their_number_and_changes_without_rows(connection):
    assert ask(connection, "SELECT * FROM (VALUES (1, NULL), (2, 'ü')) AS v (n, t)") == ([(1, None), (2, "ü")], 2)
    assert ask(connection, "CREATE TEMPORARY TABLE kept (n bigint, t text, b bytea)") == ([], 0)
    assert ask(connection, "INSERT INTO kept VALUES ($1, $2, $3), (2, '', NULL)", 2**40, None, b"\0") == ([], 2)
    assert ask(connection, "UPDATE kept SET n = n + 1 WHERE n > $1 RETURNING n, t, b", 2) == (
        [(2**40 + 1, None, b"\0")], 1,
    )  # fmt: skip
    assert ask(connection, "DELETE FROM kept WHERE n = $1", 7) == ([], 0)


def test_what_comes_back_is_prepared(connection):
    for number in range(3):
        assert ask(connection, "SELECT $1::bigint + 1", number)[0] == [(number + 1,)]
        assert len(prepared(connection)) == (number > 0)


def test_what_binds_values_of_other_kinds_is_another_statement(connection):
    for value in (1, 2, None, None, "x", "y"):
        assert ask(connection, "SELECT coalesce($1, NULL)::text", value)[0] == [
            (None if value is None else str(value),)
        ]
    assert len(prepared(connection)) == 2  # nothing and a text look the same


def test_nothing_is_prepared_where_it_may_not_be(url):
    connection = open_connection(address_of(f"{url}&prepare_threshold=-1"))
    for _ in range(3):
        assert ask(connection, "SELECT 1")[0] == [(1,)]
    assert prepared(connection) == []
    connection.close()


def test_what_was_not_said_for_longest_is_let_go(connection, monkeypatch):
    monkeypatch.setattr(exchange, "_REMEMBERED", 2)
    for sql in ("SELECT 1", "SELECT 2", "SELECT 1", "SELECT 2", "SELECT 2", "SELECT 3", "SELECT 2"):
        ask(connection, sql)
    assert prepared(connection) == ["SELECT 2"]
    assert ask(connection, "SELECT 1")[0] == [(1,)]


def test_what_the_database_refuses_is_told_as_psycopg_tells_it(connection):
    with pytest.raises(errors.UndefinedTable, match="nowhere"):
        ask(connection, "SELECT * FROM nowhere")
    with pytest.raises(errors.NumericValueOutOfRange):
        ask(connection, "SELECT $1::text::integer", "3000000000")
    with pytest.raises(errors.SyntaxError):
        connection.say(b"SELEC")
    assert not connection.broken
    assert ask(connection, "SELECT 1")[0] == [(1,)]


def test_a_refused_statement_is_not_taken_for_prepared(connection):
    for _ in range(3):
        with pytest.raises(errors.UndefinedTable):
            ask(connection, "SELECT n FROM later")
    connection.say(b"CREATE TEMPORARY TABLE later (n bigint)")
    assert ask(connection, "SELECT n FROM later") == ([], 0)


def test_a_lost_connection_is_told_as_such(url, connection):
    (((backend,),), _) = ask(connection, "SELECT pg_backend_pid()")
    command(url, f"SELECT pg_terminate_backend({backend}, 10000)")

    with pytest.raises(psycopg.OperationalError):
        ask(connection, "SELECT 1")
    assert connection.broken
    with pytest.raises(psycopg.OperationalError):
        ask(connection, "SELECT 1")


def test_what_is_told_runs_in_its_turn_with_what_is_waited_for(connection):
    connection.say(b"CREATE TEMPORARY TABLE kept (n bigint)")
    many = [connection.tell(b"INSERT INTO kept VALUES ($1)", (number,), may_prepare=True) for number in range(5)]
    assert [told.changes for told in many] == [0] * 5

    seen = connection.tell(b"SELECT count(*), max(n) FROM kept", (), may_prepare=True)
    connection.tell(b"DELETE FROM kept", (), may_prepare=True)
    connection.settle()

    assert seen.rows == [(5, 4)]
    assert [told.changes for told in many] == [1] * 5
    assert ask(connection, "SELECT * FROM kept") == ([], 0)


def test_what_is_told_after_what_fails_does_not_run(connection):
    connection.say(b"CREATE TEMPORARY TABLE kept (n bigint UNIQUE); BEGIN; SAVEPOINT part")
    for number in (1, 2, 2, 3):
        connection.tell(b"INSERT INTO kept VALUES ($1)", (number,), may_prepare=True)
    with pytest.raises(errors.UniqueViolation):
        connection.settle()
    connection.say(b"ROLLBACK TO part; COMMIT")
    assert ask(connection, "SELECT * FROM kept") == ([], 0)
    assert not connection.broken


def test_what_is_forgotten_does_not_run_and_a_great_deal_is_not_kept_back(connection):
    connection.say(b"CREATE TEMPORARY TABLE kept (n bigint)")
    connection.tell(b"INSERT INTO kept VALUES (0)", (), may_prepare=True)
    connection.forget()
    assert ask(connection, "SELECT * FROM kept") == ([], 0)
    large = "x" * 100_000
    told = [connection.tell(b"SELECT length($1), $1", (large,), may_prepare=True) for _ in range(200)]
    assert told[100].rows == [(100_000, large)]
    connection.settle()
    assert told[-1].rows == [(100_000, large)]


def test_a_connection_that_is_lost_is_told_by_whoever_waits(url, connection):
    (((backend,),), _) = ask(connection, "SELECT pg_backend_pid()")
    command(url, f"SELECT pg_terminate_backend({backend}, 10000)")
    for number in range(3):
        connection.tell(b"SELECT $1::bigint", (number,), may_prepare=False)

    with pytest.raises(psycopg.OperationalError):
        connection.settle()
    assert connection.broken


def test_a_connection_whose_answers_were_not_taken_is_not_used_again(connection, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(exchange, "is_ready", interrupted)
    for _ in range(2):
        connection.tell(b"SELECT pg_sleep(0.05)", (), may_prepare=False)

    with pytest.raises(KeyboardInterrupt):
        connection.settle()
    assert connection.closed
