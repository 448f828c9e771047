from __future__ import annotations

import pytest

from tests.postgres import empty_database
from tidemill.store.asking import all_rows, scalar
from tidemill.store.postgres.address import address_of
from tidemill.store.postgres.connection import open_connection
from tidemill.store.postgres.session import PostgresSession, said


@pytest.fixture
def session():
    connection = open_connection(address_of(empty_database()))
    yield PostgresSession(connection)
    connection.close()


@pytest.mark.parametrize(
    ("sql", "words", "names"),
    [
        ("SELECT ?, ?", b"SELECT $1, $2", (0, 1)),
        ("SELECT :a, :b1, :a", b"SELECT $1, $2, $1", ("a", "b1")),
        ("SELECT :a::text, '?', ':b', \"c?\" -- what's :d?\n, ?", None, ("a", 0)),
        ("SELECT 5 % 2, '%s', '100%'", b"SELECT 5 % 2, '%s', '100%'", ()),
    ],
)
def test_what_is_bound_gets_a_number(sql, words, names):
    found = said(sql)

    assert found.names == names
    assert found.sql == (words or b"SELECT $1::text, '?', ':b', \"c?\" -- what's :d?\n, $2")


def test_a_word_may_say_its_argument_twice(session):
    both = "SELECT @field(step, $[1], int), @field(step, $[0], json) FROM @each(?, step) ORDER BY @place(step)"

    assert all_rows(session, both, ('[[{"b": 1.0,"a":2}, 5], [[], null]]',)) == [(5, '{"b": 1.0,"a":2}'), (None, "[]")]


@pytest.mark.parametrize("text", ["a\0b", "\udc80", "it's % ? :x"])
def test_texts_are_bound_as_any_database_takes_them(session, text):
    assert scalar(session, "SELECT length(?)", (text,)) in {3, 6, len(text)}


def test_values_come_as_sqlite_tells_them(session):
    sql = (
        "SELECT true, 1 = 2, sum(n), avg(n), CAST('{\"a\" :1}' AS json), CAST(0.5 AS double precision) FROM "
        "(VALUES (1::bigint), (2)) AS v (n)"
    )

    found = all_rows(session, sql)[0]

    assert found == (1, 0, 3, 1.5, '{"a" :1}', 0.5)
    assert [type(one) for one in found] == [int, int, int, float, str, float]


def test_numbers_are_bound_alike_whatever_their_size(session):
    assert all_rows(session, "SELECT pg_typeof(?)::text, ? + ?", (1, 2**31, 2**40)) == [("bigint", 2**31 + 2**40)]


def test_changes_are_counted(session):
    session.execute("INSERT INTO producer (id) SELECT 'p' || n FROM generate_series(1, 3) AS n")
    assert session.changes() == 3
    session.executemany("UPDATE producer SET applied_seq = :n WHERE id = :id", [{"n": 1, "id": "p1"}])
    assert session.changes() == 1
    assert session.execute("DELETE FROM producer WHERE id = 'none'").fetchall() == []
    assert session.changes() == 0
