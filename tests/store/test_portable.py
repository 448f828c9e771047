from __future__ import annotations

import pytest

from tidemill.store.portable import Rendering
from tidemill.store.postgres.dialect import DIALECT as POSTGRES
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
