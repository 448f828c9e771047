"""Priorities of queues."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.queue_priorities import lowest_free, made_room

taken = st.lists(st.integers(1, 12), unique=True).map(lambda held: {f"q{one}": one for one in held})


def test_the_lowest_gap_is_free():
    assert lowest_free([]) == 1
    assert lowest_free([1, 2, 3, 10]) == 4
    assert lowest_free([2]) == 1


@given(taken, st.integers(1, 12))
def test_room_is_made_without_two_in_one_place(held, priority):
    moved = made_room(held, priority)
    after = {**held, **moved}

    assert priority not in after.values()
    assert len(set(after.values())) == len(after)
    assert all(after[queue] == held[queue] + 1 for queue in moved)


@given(taken, st.integers(1, 12))
def test_nobody_overtakes_another(held, priority):
    after = {**held, **made_room(held, priority)}

    assert sorted(held, key=held.__getitem__) == sorted(after, key=after.__getitem__)


@given(taken, st.integers(1, 12))
def test_a_queue_is_not_in_its_own_way(held, priority):
    for queue in held:
        moved = made_room(held, priority, for_queue=queue)
        after = {**held, **moved, queue: priority}

        assert queue not in moved
        assert len(set(after.values())) == len(after)


def test_behind_a_gap_nobody_moves():
    assert made_room({"a": 1, "b": 2, "c": 5}, 1) == {"a": 2, "b": 3}
    assert made_room({"a": 1}, 2) == {}
