from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.states import StateType
from tidemill.store.fields import bound, kind_of, storable


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        (str, "text"),
        (str | None, "text"),
        (StateType | None, "text"),
        (int, "int"),
        (int | None, "int"),
        (bool, "flag"),
        (float, "real"),
        (list[str], "json"),
        (dict[str, Any] | None, "json"),
        (Any, "json"),
        (int | str, "json"),
        (Literal["a"], "json"),
    ],
)
def test_the_kind_of_a_field_follows_from_its_type(declared, kind):
    assert kind_of(declared) == kind


_text = st.text(st.sampled_from(["\0", "\\", "u", "0", '"', "é", "x"]))


@given(st.recursive(_text, lambda more: st.lists(more) | st.dictionaries(_text, more), max_leaves=5))
def test_nul_becomes_its_picture_and_nothing_else_changes(value):
    def pictured(one):
        if isinstance(one, str):
            return one.replace("\0", "␀")
        if isinstance(one, dict):
            return [(pictured(key), pictured(each)) for key, each in one.items()]
        return [pictured(each) for each in one]

    found = msgspec.json.decode(bound(value))

    if "␀" not in str(found) or not isinstance(value, dict):  # two keys may have become one
        assert pictured(found) == pictured(value)
    assert "\0" not in str(found)


def test_what_has_no_nul_stays_as_it_was_written():
    assert storable(r"""{"a": "\\u0000 é", "a":  1.0}""".encode()) == r'{"a": "\\u0000 é", "a":  1.0}'
