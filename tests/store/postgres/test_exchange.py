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
    return connection.exchange(sql.encode(), values, may_prepare=True)


def prepared(connection):
    rows, _ = connection.exchange(b"SELECT statement FROM pg_prepared_statements", (), may_prepare=False)
    return [statement for (statement,) in rows]


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
        assert connection.exchange(b"SELECT 2", (), may_prepare=False)[0] == [(2,)]
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
