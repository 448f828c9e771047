"""Slots as clients over HTTP take them; what they share with all others is in ``test_limits``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.limits import NO_LEASE, Denials, SlotRequest, with_sample
from tidemill.store.errors import LimitError

from .story import NOW, SECOND
from .test_limits import a_limit


def lease(store, id_, *names, slots=1, now=NOW, until=NOW + 60 * SECOND, holder="client"):
    request = SlotRequest(lease_id=id_, names=names, slots=slots, holder=holder, now=now, lease_until=until)
    return store.lease_slots(request)


def taken(store, name="gpu", now=NOW):
    return store.read_limit(name, now).active_slots


def test_slots_without_a_lease_go_back_the_oldest_first(store):
    a_limit(store, limit=9)
    for number in range(3):
        lease(store, f"l{number}", "gpu", slots=2, now=NOW + number, until=NOW + SECOND * 60, holder=NO_LEASE)
    lease(store, "mine", "gpu")

    store.give_back_slots(["gpu"], 3, NOW, None)
    limit = store.read_limit("gpu", NOW)

    assert limit.active_slots == 4
    assert [one.lease_id for one in store.slots_held(limit.id, NOW)] == ["mine", "l1", "l2"]
    store.give_back_slots(["gpu"], 100, NOW, None)
    assert taken(store) == 1


def test_an_ended_lease_tells_how_long_slots_are_held(store):
    a_limit(store, limit=1)
    lease(store, "a", "gpu")
    store.end_lease("a", NOW + 30 * SECOND)
    store.end_lease("a", NOW + 90 * SECOND)

    assert store.denied_slots("gpu").average == pytest.approx(16)
    assert taken(store) == 0


def test_denials_are_noted_and_wear_off(store):
    a_limit(store, limit=1)
    lease(store, "a", "gpu")
    known = store.note_denied_slots("gpu", 3, NOW)

    assert (known.denied, known.wait(30), known.wait(2)) == (3, 6, 2)
    assert store.denied_slots("gpu").waited_for(NOW + 4 * SECOND) == 1
    store.end_lease("a", NOW)
    lease(store, "b", "gpu")
    assert store.denied_slots("gpu").denied == 2
    with pytest.raises(LimitError, match="no concurrency limit 'none'"):
        store.note_denied_slots("none", 1, NOW)


def test_a_lease_without_slots_is_kept_until_it_runs_out(store):
    lease(store, "a", "nothing")

    assert store.renew_lease("a", NOW + SECOND, NOW + 90 * SECOND)
    assert store.renew_lease("a", NOW + 80 * SECOND, NOW + 100 * SECOND)
    assert not store.renew_lease("a", NOW + 100 * SECOND, NOW + 200 * SECOND)
    assert not store.renew_lease("b", NOW, NOW + SECOND)


def test_slots_set_by_hand(store):
    a_limit(store, limit=2)
    lease(store, "a", "gpu")
    store.set_slots_taken("gpu", 5, NOW, "hand")

    assert taken(store) == 5
    assert not store.renew_lease("a", NOW, NOW + SECOND)
    store.set_slots_taken("gpu", 0, NOW, "hand")
    assert taken(store) == 0


def test_slots_of_some_holders_and_no_others(store):
    a_limit(store, limit=2)
    lease(store, "a", "gpu")
    limit = store.read_limit("gpu", NOW)
    store.give_slots_to(limit.id, [("x", "task_run:1"), ("y", "task_run:2")], NOW)

    assert [one.task_run_id for one in store.slots_held(limit.id, NOW)] == ["1", "2"]
    store.drop_slots(limit.id, "x")
    assert taken(store) == 1


def test_pages_by_beginning(store):
    for name in ("tag:b", "tag:a", "gpu", "TAG:c", "tagged"):
        a_limit(store, name)

    assert [one.name for one in store.find_limits(NOW, beginning="tag:", limit=9)] == ["tag:a", "tag:b"]
    assert [one.name for one in store.find_limits(NOW, limit=2, offset=3)] == ["tag:b", "tagged"]


@given(st.floats(0.01, 1e6), st.floats(0, 1e6), st.integers(0, 10_000))
def test_an_average_lies_between_what_it_was_and_what_came(average, seconds, slots):
    new = with_sample(average, seconds, slots)

    low, high = sorted((average, max(seconds, 0.1)))
    assert low * (1 - 1e-9) <= new <= high * (1 + 1e-9)


@given(st.integers(0, 100), st.floats(0, 10), st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_is_waited_for_never_grows_by_itself(slots, decay, first, second):
    known = Denials(name="x", slots=slots, decay=decay, average=2, denied=50, denied_us=NOW)
    early, late = sorted((first, second))

    assert 0 <= known.waited_for(NOW + late) <= known.waited_for(NOW + early) <= 50
