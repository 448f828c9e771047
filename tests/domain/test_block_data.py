from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.block_data import (
    MASK,
    NoReferenceError,
    joined,
    parted,
    references_of,
    secret_paths,
    unmasked,
)

KEYS = st.sampled_from(["a", "b", "c", "*", "a.b"])
DATA = st.dictionaries(
    KEYS,
    st.recursive(
        st.none() | st.integers() | st.just("canary") | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=4,
)
PATTERNS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "*"]), min_size=1, max_size=3).map(tuple), max_size=4)


@given(DATA, PATTERNS)
def test_what_was_parted_can_be_joined(data, patterns):
    before = json.dumps(data)
    plain, secrets = parted(data, patterns)

    assert joined(plain, secrets) == data
    assert json.dumps(data) == before
    assert set(secret_paths(plain, patterns)) >= set(secrets)
    assert unmasked(plain, patterns, secrets) == data


@given(st.dictionaries(st.sampled_from("abc"), DATA))
def test_everything_may_be_secret(data):
    plain, _ = parted(data, [(key,) for key in data])

    assert all(value == MASK for value in plain.values())


@pytest.mark.parametrize(
    ("patterns", "plain"),
    [
        (["token"], {"token": MASK, "deep": {"token": "t", "x": 1}, "all": {"a": {"b": "s"}, "c": ["s"]}}),
        (["deep.token"], {"token": "t", "deep": {"token": MASK, "x": 1}, "all": {"a": {"b": "s"}, "c": ["s"]}}),
        (["all.*"], {"token": "t", "deep": {"token": "t", "x": 1}, "all": {"a": {"b": MASK}, "c": MASK}}),
        (["deep", "deep.token"], {"token": "t", "deep": MASK, "all": {"a": {"b": "s"}, "c": ["s"]}}),
        (["none.at.all"], {"token": "t", "deep": {"token": "t", "x": 1}, "all": {"a": {"b": "s"}, "c": ["s"]}}),
    ],
)
def test_paths(patterns, plain):
    data = {"token": "t", "deep": {"token": "t", "x": 1}, "all": {"a": {"b": "s"}, "c": ["s"]}}

    assert parted(data, [tuple(pattern.split(".")) for pattern in patterns])[0] == plain


def test_paths_go_through_lists():
    data = {"hooks": [{"url": "x", "key": "s"}, {"url": "y"}, {"key": None}]}

    assert parted(data, [("hooks", "key")])[0] == {"hooks": [{"url": "x", "key": MASK}, {"url": "y"}, {"key": None}]}


def test_a_mask_that_is_sent_for_something_new_is_a_value():
    assert unmasked({"a": MASK, "b": MASK}, [("a",), ("b",)], {("a",): "old"}) == {"a": "old", "b": MASK}


def test_references():
    assert references_of({"a": 1, "b": {"$ref": {"block_document_id": "x"}}}) == ({"a": 1}, {"b": "x"})
    for said in ({}, 1, {"block_document_id": 1}):
        with pytest.raises(NoReferenceError, match="'b'"):
            references_of({"b": {"$ref": said}})
