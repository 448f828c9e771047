"""Marks around arguments."""

from __future__ import annotations

import copy
import pickle

import pytest

from tidemill.utilities.annotations import Quote, allow_failure, freeze, opaque, quote, unmapped

MARKS = [unmapped, allow_failure, quote, opaque, freeze]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_holds_its_value_and_survives_copies(mark):
    marked = mark([1])

    assert marked.value == marked.unwrap() == [1]
    assert marked.rewrap(2) == mark(2)
    assert copy.deepcopy(marked) == marked
    assert pickle.loads(pickle.dumps(marked)) == marked
    assert repr(marked) == f"{mark.__name__}([1])"


def test_marks_of_different_kinds_differ():
    assert len({mark(1) for mark in MARKS}) == len(MARKS)
    assert quote(1) != (1,)


def test_an_unmapped_value_is_the_same_at_every_index():
    assert unmapped([3])[7] == [3]
    assert unmapped([3])["any"] == [3]
    assert list(unmapped([3])) == [[3]]


def test_only_json_can_be_frozen():
    assert freeze({"a": 1}).unfreeze() == {"a": 1}
    with pytest.raises(ValueError, match=r"freeze\(\) takes a value that can be written as JSON"):
        freeze(object())


def test_the_old_spelling_works_and_says_the_new_one():
    with pytest.warns(DeprecationWarning, match="`Quote` is now spelled `quote`"):
        marked = Quote(1)

    assert isinstance(marked, quote)
    assert marked.unquote() == 1
