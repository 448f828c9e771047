"""How many runs a pool hands out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.handing_out import PoolNow, QueueNow, in_order, may_hand_out

limits = st.none() | st.integers(0, 5)
queues = st.lists(
    st.builds(QueueNow, st.uuids().map(str), st.integers(1, 9), st.integers(0, 6), limits, st.booleans()),
    unique_by=lambda queue: queue.id,
)


@pytest.mark.parametrize(
    ("pool", "most", "left"),
    [
        (PoolNow(0), 10, 10),
        (PoolNow(7), 10, 10),
        (PoolNow(0, limit=3), 10, 3),
        (PoolNow(2, limit=3), 10, 1),
        (PoolNow(5, limit=3), 10, 0),
        (PoolNow(0, limit=0), 10, 0),
        (PoolNow(0, limit=30), 10, 10),
        (PoolNow(0, paused=True), 10, 0),
    ],
)
def test_what_may_leave_a_pool(pool, most, left):
    assert may_hand_out(pool, most) == left


@given(queues, st.integers(0, 10))
def test_no_queue_goes_over_its_limit(given_queues, most):
    by_id = {queue.id: queue for queue in given_queues}
    for id_, share in in_order(given_queues, most):
        queue = by_id[id_]
        assert not queue.paused
        assert 0 < share <= most
        assert queue.limit is None or queue.busy + share <= queue.limit


@given(queues)
def test_the_lowest_number_comes_first(given_queues):
    by_id = {queue.id: queue for queue in given_queues}
    priorities = [by_id[id_].priority for id_, _ in in_order(given_queues, 1)]

    assert priorities == sorted(priorities)


def test_who_may_give_none_is_left_out():
    full, idle = QueueNow("full", 1, 2, 2), QueueNow("idle", 2, 0, 2)

    assert in_order([full, idle], 5) == [("idle", 2)]
    assert in_order([full, idle], 0) == []
