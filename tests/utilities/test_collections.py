"""Collections: visiting, merging, picking, grouping."""

from __future__ import annotations

import collections
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.utilities.annotations import quote, unmapped
from tidemill.utilities.collections import (
    AutoEnum,
    StopVisiting,
    batched_iterable,
    deep_merge,
    deep_merge_dicts,
    dict_to_flatdict,
    distinct,
    ensure_iterable,
    extract_instances,
    flatdict_to_dict,
    get_from_dict,
    isiterable,
    listrepr,
    remove_nested_keys,
    set_in_dict,
    visit_collection,
)


def negative(value):
    return -value if isinstance(value, int) else value


def test_everything_is_visited_outside_in():
    seen = []

    visit_collection([1, (2, {"a": {3}}), quote([5])], seen.append)

    assert seen == [
        [1, (2, {"a": {3}}), quote([5])],
        1,
        (2, {"a": {3}}),
        2,
        {"a": {3}},
        "a",
        {3},
        3,
        quote([5]),
        [5],
        5,
    ]


def test_what_the_visitor_returns_takes_the_place():
    value = [1, (2, {"a": {3}, 4: 5}), unmapped(6)]

    assert visit_collection(value, negative) is None
    assert visit_collection(value, negative, return_data=True) == [-1, (-2, {"a": {-3}, -4: -5}), unmapped(-6)]
    assert visit_collection(value, negative, return_data=True, remove_annotations=True)[2] == -6
    assert visit_collection(value, lambda v: v, return_data=True) is value


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int
    b: int = dataclasses.field(init=False, default=3)


def test_types_are_kept_that_cannot_be_made_from_their_items():
    changed = visit_collection([Frozen(1), collections.defaultdict(list, {1: 2})], negative, return_data=True)

    assert (changed[0].a, changed[0].b) == (-1, -3)
    assert changed[1]["new"] == []


def test_depth_can_be_limited():
    assert visit_collection([1, [2, [3]]], negative, return_data=True, max_depth=1) == [-1, [2, [3]]]
    assert visit_collection([1], negative, return_data=True, max_depth=0) == [1]


def test_a_visitor_may_stop_at_a_collection():
    def visitor(value):
        if value == [2]:
            raise StopVisiting
        return negative(value)

    assert visit_collection([1, [2], 3], visitor, return_data=True) == [-1, [2], -3]


def test_what_is_noted_in_the_context_holds_for_what_is_inside():
    seen = []

    def visitor(value, context):
        seen.append((value, context["depth"]))
        context["depth"] += 1

    visit_collection([1, [2]], visitor, context={"depth": 0})

    assert seen == [([1, [2]], 0), (1, 1), ([2], 1), (2, 2)]


def test_cycles_are_survived():
    circle = [1]
    circle.append(circle)

    assert visit_collection(circle, negative, return_data=True)[0] == -1


NESTED = st.recursive(
    st.integers() | st.just({}),
    lambda inner: st.dictionaries(st.text(max_size=2), inner, min_size=1, max_size=3),
).filter(lambda value: isinstance(value, dict) and value)


@given(NESTED)
def test_flattening_can_be_undone(nested):
    assert flatdict_to_dict(dict_to_flatdict(nested)) == nested


def test_empty_dicts_inside_are_kept_when_flattened():
    assert dict_to_flatdict({1: {2: {3: None}, 5: {}}, 9: 2}) == {(1, 2, 3): None, (1, 5): {}, (9,): 2}
    assert dict_to_flatdict({}) == {}


@pytest.mark.parametrize(("value", "answer"), [([1], True), ("a", False), (b"a", False), ({}, True), (3, False)])
def test_text_is_no_iterable(value, answer):
    assert isiterable(value) is answer


def test_single_things_are_wrapped():
    assert ensure_iterable(3) == [3]
    assert ensure_iterable({1}) == {1}
    assert ensure_iterable({1: 2}) == [{1: 2}]


def test_instances_are_picked_by_type():
    assert extract_instances([1, 2.0, "a", 3], int) == [1, 3]
    assert extract_instances([1, 2.0, "a", 3], (int, str)) == {int: [1, 3], str: ["a"]}


def test_batches_and_distinct_items():
    assert list(batched_iterable(range(5), 2)) == [(0, 1), (2, 3), (4,)]
    assert list(distinct([1, 1, 2])) == [1, 2]
    assert list(distinct([1, 2, 3], key=lambda n: n % 2)) == [1, 2]
    assert listrepr([1, "a"], ", ") == "1, 'a'"


def test_paths_lead_into_dicts_and_lists():
    nested = {"a": {"b": [1, 2]}}

    assert get_from_dict(nested, "a.b[1]") == 2
    assert get_from_dict(nested, ["a", "b"]) == [1, 2]
    assert get_from_dict(nested, "a.z.y", "none") == "none"

    set_in_dict(nested, "a.c.d", 3)
    assert nested["a"]["c"] == {"d": 3}
    with pytest.raises(TypeError, match="there is a value at 'b'"):
        set_in_dict(nested, "a.b.c", 3)


def test_dicts_are_merged_deeply_and_left_alone():
    first, second = {"a": {"b": 1}, "c": 2}, {"a": {"d": 3}, "c": {}}

    assert deep_merge(first, second) == {"a": {"b": 1, "d": 3}, "c": {}}
    assert deep_merge_dicts(first, second, {"c": 4}) == {"a": {"b": 1, "d": 3}, "c": 4}
    assert first == {"a": {"b": 1}, "c": 2}


def test_keys_are_removed_from_dicts_in_dicts():
    assert remove_nested_keys(["a"], {"a": 1, "b": {"a": 2, "c": [{"a": 3}]}}) == {"b": {"c": [{"a": 3}]}}


def test_members_of_an_auto_enum_are_their_names():
    class Colour(AutoEnum):
        RED = AutoEnum.auto()

    assert Colour.RED == "RED"
    assert repr(Colour.RED) == "Colour.RED"
