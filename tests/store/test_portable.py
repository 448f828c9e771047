from __future__ import annotations

import pytest

from tidemill.store.portable import Rendering
from tidemill.store.postgres.dialect import DIALECT as POSTGRES
from tidemill.store.postgres.session import said as prepared
from tidemill.store.sqlite.session import DIALECT as SQLITE

DIALECT = {
    "pair": lambda one, other: f"<{one}|{other}>",
    "none": lambda: "<>",
    "all": lambda *every: f"<{'|'.join(every)}>",
}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1", "SELECT 1"),
        ("a @pair(b, c) d", "a <b|c> d"),
        ("@none() and @none()", "<> and <>"),
        ("@pair(f(a, b), (c))", "<f(a, b)|(c)>"),
        ("@pair(@pair(1, 2), @all(3, @none()))", "<<1|2>|<3|<>>>"),
        ("@pair('a, )', \"b)\")", "<'a, )'|\"b)\">"),
        ("'@none()' -- @none()\n@none()", "'@none()' -- @none()\n<>"),
        ("-- a task run's @none()\n@none()", "-- a task run's @none()\n<>"),
        ("'it''s' @none()", "'it''s' <>"),
        ("@all(\n  a,\n  b\n)", "<a|b>"),
    ],
)
def test_words_are_put_into_the_databases_own(sql, said):
    assert Rendering(DIALECT)(sql) == said


def test_a_word_that_the_dialect_lacks_is_an_error():
    with pytest.raises(KeyError, match="unheard"):
        Rendering(DIALECT)("SELECT @unheard(x)")


def test_a_parenthesis_that_is_not_closed_is_an_error():
    with pytest.raises(ValueError, match=r"not closed in the SQL '@pair\(a'"):
        Rendering(DIALECT)("@pair(a")


def test_both_databases_know_the_same_words():
    assert SQLITE.keys() == POSTGRES.keys()


def test_what_is_planned_for_its_values_is_not_prepared_and_says_its_lists_by_functions_that_the_planner_can_ask():
    sql = "@by_values(SELECT 1 FROM t WHERE @among(a, :texts) AND @among(b, :numbers, int))"

    said = prepared(sql)

    assert said.sql == b"/* by values */ SELECT 1 FROM t WHERE a = ANY (texts_of($1)) AND b = ANY (numbers_of($2))"
    assert not said.may_prepare
    assert "json_each" in Rendering(SQLITE)(sql)
