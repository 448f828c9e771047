"""Things are found and replaced wherever they are, and everything around them keeps its type."""

from __future__ import annotations

import collections
import dataclasses
from typing import NamedTuple

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.utilities.annotations import allow_failure, opaque, quote, unmapped
from tidemill.utilities.walk import find, replace, resolve


class Future:
    def __init__(self, n):
        self.n = n


def resolved(future):
    return future.n


A, B = Future("a"), Future("b")


class Named(NamedTuple):
    left: object
    right: object


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    value: object
    other: int = dataclasses.field(init=False, default=3)


@dataclasses.dataclass
class Counting:
    value: object

    def __post_init__(self):
        self.made = True


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True, frozen=True, extra="allow")
    value: object
    _secret: int = 4


class Tags(list):
    owner = "nobody"


def tags(*items):
    made = Tags(items)
    made.owner = "me"
    return made


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (A, "a"),
        ([1, A], [1, "a"]),
        ((A, (B,)), ("a", ("b",))),
        ({"k": A, A: 1}, {"k": "a", "a": 1}),
        ({A, 1}, {"a", 1}),
        (frozenset({A}), frozenset({"a"})),
        (Named(1, [A]), Named(1, ["a"])),
        (Counting(A), Counting("a")),
        (Frozen(A), Frozen("a")),
        (Model(value=A, more=B), Model(value="a", more="b")),
        (tags(A), tags("a")),
        (collections.OrderedDict(x=A), collections.OrderedDict(x="a")),
        (collections.deque([A]), None),
        (unmapped([A]), unmapped(["a"])),
        (allow_failure(A), allow_failure("a")),
    ],
)
def test_what_is_nested_is_replaced_and_types_are_kept(value, expected):
    new = replace(value, Future, resolved)

    if expected is None:  # a type that is a single thing to us
        assert new is value
        return
    assert new == expected
    assert type(new) is type(expected)
    assert find(new, Future) == []


def test_what_else_an_object_carries_is_kept():
    assert replace(tags(A), Future, resolved).owner == "me"
    assert replace(collections.defaultdict(int, x=A), Future, resolved)["y"] == 0
    assert replace(Counting(A), Future, resolved).made
    assert replace(Model(value=A), Future, resolved)._secret == 4


def test_the_original_is_never_changed():
    inner = [A]
    value = {"x": inner}

    replace(value, Future, resolved)

    assert value == {"x": [A]}


@pytest.mark.parametrize("mark", [quote, opaque])
def test_what_is_quoted_is_not_entered(mark):
    value = [mark([A]), B]

    assert find(value, Future) == [B]
    assert replace(value, Future, resolved) == [mark([A]), "b"]


def test_each_is_found_once_in_order_of_appearance():
    assert find([B, {"x": (A, B)}, A], Future) == [B, A]


def test_each_is_asked_for_once():
    asked = []

    assert replace([A, (A,)], Future, lambda future: asked.append(future) or 1) == [1, (1,)]
    assert asked == [A]


def test_collections_without_anything_to_replace_stay_the_same_objects():
    untouched = [{"x": [1, 2]}]
    value = [untouched, A]

    assert replace(value, Future, resolved)[0] is untouched
    assert replace(untouched, Future, resolved) is untouched


def test_a_collection_that_is_shared_stays_shared():
    inner = [A]

    first, second = replace([inner, inner], Future, resolved)

    assert first is second == ["a"]


def test_cycles_are_survived():
    circle = [A]
    circle.append({"back": circle})

    new = replace(circle, Future, resolved)

    assert find(circle, Future) == [A]
    assert new[0] == "a"
    assert new[1]["back"] is new
    assert circle[0] is A


def test_depth_is_no_limit_to_finding():
    value = A
    for _ in range(100_000):
        value = [value]

    assert find(value, Future) == [A]

    while isinstance(value, list):  # taken apart by hand: Python itself recurses when it frees such a thing
        value = value.pop()


def test_arrays_and_iterators_are_single_things():
    class Array:
        def __iter__(self):
            raise AssertionError("walked")

    remaining = iter([A])

    assert find([Array(), remaining], Future) == []
    assert next(remaining) is A


VALUES = st.recursive(
    st.sampled_from([1, "x", None, A, B]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(["k", 1, A]), inner, max_size=3),
        inner.map(lambda v: Named(v, 1)),
        inner.map(unmapped),
        inner.map(Counting),
    ),
)


def slowly_replaced(value):
    if isinstance(value, Future):
        return value.n
    if isinstance(value, unmapped):
        return unmapped(slowly_replaced(value.value))
    if isinstance(value, Named):
        return Named(*map(slowly_replaced, value))
    if isinstance(value, Counting):
        return Counting(slowly_replaced(value.value))
    if isinstance(value, dict):
        return {slowly_replaced(k): slowly_replaced(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(slowly_replaced, value))
    return value


@given(VALUES)
def test_replacing_agrees_with_the_plain_way(value):
    assert replace(value, Future, resolved) == slowly_replaced(value)


def outcome(future, forgiving):
    return (future.n, forgiving)


def test_an_argument_is_resolved_with_its_marks_taken_off():
    value = {
        "plain": A,
        "kept": [quote([A]), opaque(B)],
        "each": unmapped(Named(A, 1)),
        "soft": allow_failure([A, {A}]),
    }

    assert resolve(value, Future, outcome) == {
        "plain": ("a", False),
        "kept": [[A], B],
        "each": Named(("a", False), 1),
        "soft": [("a", True), {("a", True)}],
    }


def test_an_object_is_asked_for_once_in_each_way_it_is_marked():
    asked = []

    resolve([A, A, allow_failure(A), (allow_failure([A]),)], Future, lambda *how: asked.append(how))

    assert asked == [(A, False), (A, True)]


def test_an_argument_with_nothing_to_resolve_stays_the_same_object():
    value = [{"x": (1, [2])}]

    assert resolve(value, (Future, int), lambda n, _: n) is value
    assert resolve(value, Future, outcome) is value
    assert resolve(quote(value), Future, outcome) is value


@given(VALUES)
def test_resolving_agrees_with_replacing_where_nothing_is_marked(value):
    if not find(value, unmapped):
        assert resolve(value, Future, lambda future, _: future.n) == replace(value, Future, resolved)
