"""Parameters that are filled in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.filled_in import filled_in
from tidemill.exceptions import OptionError

VARIABLES = {"limit": 5, "odd": {"__prefect_kind": "json", "value": "1"}}


def of_kind(kind, **more):
    return {"__prefect_kind": kind, **more}


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        (1, 1),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        (of_kind("json", value="[1, null]"), [1, None]),
        ({"a": [of_kind("json", value='{"b": 2}')]}, {"a": [{"b": 2}]}),
        (of_kind("workspace_variable", variable_name="limit"), 5),
        (of_kind("none", value={"c": of_kind("json", value="3")}), {"c": 3}),
        (of_kind(None, value=4), {"__prefect_kind": None, "value": 4}),
        ({"__tidemill_kind": "json", "value": "true"}, True),
        (of_kind("workspace_variable", variable_name="odd"), VARIABLES["odd"]),
    ],
)
def test_what_is_filled_in(value, filled):
    assert filled_in(value, VARIABLES.__getitem__) == filled


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (of_kind("json", value="{"), "is not JSON"),
        (of_kind("json", value=5), "JSON text"),
        (of_kind("json"), "JSON text"),
        (of_kind("workspace_variable", variable_name="absent"), "absent"),
        (of_kind("workspace_variable"), "variable_name"),
        (of_kind("jinja", template="{{ x }}"), "jinja"),
        (of_kind(["x"]), "kind"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(value, said):
    with pytest.raises(OptionError, match=said):
        filled_in({"x": [value]}, VARIABLES.__getitem__)


def test_depth_is_bounded():
    value = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(OptionError, match="deep"):
        filled_in(value, VARIABLES.__getitem__)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
def test_what_says_nothing_stays_as_it_is(value):
    assert filled_in(value, VARIABLES.__getitem__) == value
