"""Values in messages."""

from __future__ import annotations

from tidemill.showing import shown


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("not today")


def test_a_value_is_shown_as_code_writes_it_and_cut_where_it_is_long():
    assert shown("a", 10) == "'a'"
    assert shown("a" * 20, 10) == "'aaaaaaaa…"


def test_a_value_that_cannot_describe_itself_is_shown_by_its_type():
    assert shown(Mute(), 100) == "<Mute, whose repr raised RuntimeError>"
