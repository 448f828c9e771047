"""What SQLite would call malformed is found beforehand, whatever the interpreter lets an encoder do."""

from __future__ import annotations

import json

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.json_depth import DEEPEST, LEVELS_READ, too_deep
from tidemill.engine.serialising import json_parameters


def levels(value):
    if isinstance(value, list | dict):
        return 1 + max(map(levels, value.values() if isinstance(value, dict) else value), default=0)
    return 0


leaves = st.none() | st.integers() | st.text(alphabet='[]{}"\\a')


@given(
    st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='[{"\\'), inner)),
    st.integers(0, 5),
)
def test_it_agrees_with_counting(value, deepest):
    assert too_deep(json.dumps(value).encode(), deepest) == (levels(value) > deepest)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"k":', b"}")])
def test_what_is_not_too_deep_can_be_read_by_sqlite(opening, closing):
    connection = apsw.Connection(":memory:")
    text = opening * LEVELS_READ + b"1" + closing * LEVELS_READ

    assert not too_deep(text, LEVELS_READ)
    assert connection.execute("SELECT json_valid(?)", (f"[{text.decode()}]",)).fetchone() == (1,)
    assert too_deep(opening + text + closing, LEVELS_READ)


@pytest.mark.parametrize("more", [0, 1, 60])
def test_parameters_that_are_too_deep_are_shown_as_text(more):
    deep = []
    for _ in range(DEEPEST - 1 + more):
        deep = [deep]

    text = bytes(json_parameters({"deep": deep, "flat": [1]}))

    assert not too_deep(text, DEEPEST + 1)
    assert json.loads(text)["flat"] == [1]
    if more:
        assert isinstance(json.loads(text)["deep"], str)
