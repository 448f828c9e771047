from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.domain.limits import ConcurrencyLimit, SlotRequest, SlotsDenied, SlotsGranted
from tidemill.domain.names import clean_text
from tidemill.domain.states import from_us
from tidemill.store.errors import LimitError

from .backends import over_fresh_stores
from .story import NOW, SECOND, an_id

TTL = 20 * SECOND


def a_limit(store, name="gpu", limit=2, decay=0.0, active=True):
    now = from_us(NOW)
    store.create_limit(
        ConcurrencyLimit(
            id=an_id(clean_text(name)),
            name=name,
            limit=limit,
            active_slots=0,
            created=now,
            updated=now,
            active=active,
            slot_decay_per_second=decay,
        ),
        NOW,
    )


def ask(store, lease, *names, slots=1, now=NOW, **more):
    request = SlotRequest(
        lease_id=lease,
        names=names or ("gpu",),
        slots=slots,
        holder=more.pop("holder", "h"),
        now=now,
        lease_until=now + TTL,
        **more,
    )
    return store.acquire_slots(request)


def test_a_lease_that_asks_again_has_its_slots_once(store):
    a_limit(store)
    granted = ask(store, "a", slots=2)

    assert ask(store, "a", slots=2) == granted
    assert store.read_limit("gpu", NOW).active_slots == 2
    assert isinstance(ask(store, "a"), SlotsGranted)
    assert store.read_limit("gpu", NOW).active_slots == 1


def test_slots_are_granted_up_to_the_limit(store):
    a_limit(store)

    assert ask(store, "a") == SlotsGranted(lease_id="a", limits=["gpu"], lease_until_us=NOW + TTL)
    assert isinstance(ask(store, "b"), SlotsGranted)
    denied = ask(store, "c")

    assert isinstance(denied, SlotsDenied)
    assert denied.limit == "gpu"
    assert 0 < denied.retry_after <= 1
    assert store.read_limit("gpu", NOW).active_slots == 2


@pytest.mark.parametrize("name", ["\udc80", "a\x00b"])
def test_a_name_that_cannot_be_written_is_written_as_it_can(store, name):
    a_limit(store, name)

    assert isinstance(ask(store, "a", name, slots=2), SlotsGranted)
    assert isinstance(ask(store, "b", name), SlotsDenied)
    assert [holding.slots for holding in store.slot_holdings(name, NOW)] == [2]
    assert store.limited([name]) == [clean_text(name)]
    store.update_limit(name, NOW, limit=3)
    assert store.read_limit(name, NOW).limit == 3
    store.delete_limit(name)
    assert store.limits(NOW) == []


def test_a_released_slot_is_free_at_once(store):
    a_limit(store, limit=1)
    ask(store, "a")
    store.release_slots("a")
    store.release_slots("a")
    assert isinstance(ask(store, "b"), SlotsGranted)


def test_a_slot_whose_lease_ran_out_is_free(store):
    a_limit(store, limit=1)
    ask(store, "a")
    assert isinstance(ask(store, "b", now=NOW + TTL - 1), SlotsDenied)
    assert isinstance(ask(store, "b", now=NOW + TTL), SlotsGranted)
    assert not store.renew_slots("a", NOW + TTL, NOW + 2 * TTL)


def test_a_renewed_lease_goes_on(store):
    a_limit(store, limit=1)
    ask(store, "a")
    assert store.renew_slots("a", NOW + 5, NOW + 5 + TTL)
    assert isinstance(ask(store, "b", now=NOW + TTL), SlotsDenied)
    assert store.read_limit(an_id("gpu"), NOW + TTL + 5).active_slots == 0


def test_all_limits_or_none(store):
    a_limit(store, "gpu", 1)
    a_limit(store, "disk", 5)
    ask(store, "a", "gpu")

    assert isinstance(ask(store, "b", "disk", "gpu"), SlotsDenied)

    assert store.read_limit("disk", NOW).active_slots == 0


def test_names_without_a_limit_are_free_unless_strict(store):
    assert ask(store, "a", "nothing").limits == []
    with pytest.raises(LimitError, match="tidemill global-concurrency-limit create nothing"):
        ask(store, "a", "nothing", strict=True)
    assert store.limits(NOW) == []


def test_a_missing_limit_can_be_put_on_the_list(store):
    assert ask(store, "a", "new", create_if_missing=True).limits == []
    (limit,) = store.limits(NOW)
    assert (limit.name, limit.active) == ("new", False)


def test_an_inactive_limit_holds_nobody_up(store):
    a_limit(store, limit=1, active=False)
    assert ask(store, "a", slots=5).limits == []


def test_a_limit_of_zero_lets_nobody_through(store):
    a_limit(store, limit=0)
    assert isinstance(ask(store, "a"), SlotsDenied)


def test_more_than_there_is_can_never_be_had(store):
    a_limit(store)
    with pytest.raises(LimitError, match="has 2 slots; 3 can never be had"):
        ask(store, "a", slots=3)


def test_slots_that_decay_make_a_rate(store):
    a_limit(store, limit=2, decay=1.0)
    ask(store, "a", mode="rate_limit")
    ask(store, "b", mode="rate_limit")

    denied = ask(store, "c", mode="rate_limit")

    assert isinstance(denied, SlotsDenied)
    assert denied.retry_after == pytest.approx(1.0)
    assert isinstance(ask(store, "c", mode="rate_limit", now=NOW + SECOND), SlotsGranted)
    assert store.read_limit("gpu", NOW + 10 * SECOND).active_slots == 0


def test_what_is_taken_stays_taken_when_slots_begin_to_decay(store):
    a_limit(store, limit=3)
    ask(store, "a")
    ask(store, "b")

    store.update_limit("gpu", NOW, slot_decay_per_second=0.5)

    assert [store.read_limit("gpu", NOW + s * SECOND).active_slots for s in (0, 2, 4)] == [2, 1, 0]

    store.update_limit("gpu", NOW + 2 * SECOND, slot_decay_per_second=1.0)

    assert [store.read_limit("gpu", NOW + s * SECOND).active_slots for s in (2, 3)] == [1, 0]


def test_a_limit_without_decay_is_no_rate_limit(store):
    a_limit(store)
    with pytest.raises(LimitError, match="slot-decay-per-second"):
        ask(store, "a", mode="rate_limit")


def test_what_a_dead_holder_took_comes_back(store):
    a_limit(store, limit=1)
    ask(store, "a", holder="producer-1")
    store.end_producer("producer-1", NOW)
    assert isinstance(ask(store, "b"), SlotsGranted)


def test_a_limit_is_changed_and_deleted(store):
    a_limit(store)
    store.update_limit("gpu", NOW + 1, limit=3, name="gpus")

    changed = store.read_limit("gpus", NOW)
    assert (changed.limit, changed.active, changed.updated) == (3, True, from_us(NOW + 1))

    store.delete_limit("gpus")
    with pytest.raises(LimitError, match="no concurrency limit 'gpus'"):
        store.read_limit("gpus", NOW)


def test_names_are_unique_and_numbers_sane(store):
    a_limit(store, "one")
    a_limit(store, "two")
    with pytest.raises(LimitError, match="already"):
        a_limit(store, "one")
    with pytest.raises(LimitError, match="already"):
        store.update_limit("one", NOW, name="two")
    with pytest.raises(LimitError, match="got -1"):
        store.update_limit("one", NOW, limit=-1)
    for limit in (-1, 2**31, 10**30):
        with pytest.raises(LimitError, match="'limit'"):
            store.update_limit("one", NOW, limit=limit)
    for decay in (-0.5, float("nan"), float("inf")):
        with pytest.raises(LimitError, match="slot_decay_per_second"):
            store.update_limit("one", NOW, slot_decay_per_second=decay)


@over_fresh_stores
@settings(max_examples=30, deadline=None)
@given(
    limit=st.integers(1, 4),
    steps=st.lists(
        st.tuples(st.sampled_from(["take", "free", "renew"]), st.integers(0, 6), st.integers(0, TTL // SECOND)),
        max_size=40,
    ),
)
def test_never_more_slots_than_the_limit(fresh_store, limit, steps):
    """Against a model that remembers until when each lease holds."""
    with fresh_store() as store:
        a_limit(store, limit=limit)
        now, held = NOW, {}
        for number, (step, which, seconds) in enumerate(steps):
            now += seconds * SECOND
            held = {lease: until for lease, until in held.items() if until > now}
            lease = f"lease-{which}"
            if step == "take":
                granted = isinstance(ask(store, f"{lease}", now=now), SlotsGranted) if lease not in held else None
                assert granted is None or granted == (len(held) < limit), number
                if granted:
                    held[lease] = now + TTL
            elif step == "free":
                store.release_slots(lease)
                held.pop(lease, None)
            elif store.renew_slots(lease, now, now + TTL):
                assert lease in held
                held[lease] = now + TTL
            assert store.read_limit("gpu", now).active_slots == len(held) <= limit


def test_an_id_is_given_to_one_limit(store):
    a_limit(store, "one")
    moment = from_us(NOW)
    other = ConcurrencyLimit(
        id=an_id("one"), name="other", limit=1, active_slots=0, created=moment, updated=moment, active=True
    )

    with pytest.raises(LimitError, match="or one with the id"):
        store.create_limit(other, NOW)
