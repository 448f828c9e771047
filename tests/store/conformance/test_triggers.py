from __future__ import annotations

from uuid import UUID

from tests.store.conformance.story import NOW, SECOND, an_id
from tests.store.conformance.test_automations import an_automation
from tidemill.domain.states import from_us
from tidemill.domain.triggers.parts import Gathered
from tidemill.domain.triggers.rules import Firing
from tidemill.domain.triggers.windows import Window
from tidemill.store.access.triggers import Bucket
from tidemill.store.tailing import Tail
from tidemill.wire.events import Event


def tell(store, *names):
    resource = {"prefect.resource.id": "r"}
    told = [Event(id=UUID(an_id(name)), event=name, occurred=from_us(NOW), resource=resource) for name in names]
    store.take_events(told, NOW)


def follow(store, after, names=(), beginnings=(), *, every=False, limit=10):
    """The names of what is found, and where to go on, when all can be seen."""
    while True:  # who else writes to the server of this database may keep it waiting
        tail = Tail("event")
        found, upto, is_all = store.follow_named(tail, after, names, beginnings, every=every, limit=limit)
        if not tail.behind:
            return [event.event for _, event in found], upto, is_all


def test_events_are_followed_by_name(store):
    tell(store, "a", "ab", "b", "c%", "cd")

    assert follow(store, 0, every=True)[0] == ["a", "ab", "b", "c%", "cd"]
    assert follow(store, 0, ["a", "b"], ["c%"])[0] == ["a", "b", "c%"]
    names, upto, is_all = follow(store, 0, ["a", "b"], limit=1)
    assert (names, is_all) == (["a"], False)
    assert follow(store, upto, ["a", "b"])[0] == ["b"]
    _, end, is_all = follow(store, 0, ["no"])
    assert is_all
    assert follow(store, end, every=True) == ([], end, True)


def test_an_automation_is_watched_from_when_it_was_made_or_changed(store):
    tell(store, "a")
    here = follow(store, 0, every=True)[1]
    assert store.watching().enabled == 0

    made = an_automation(store)
    assert store.watching() == (1, NOW, here, 0, None)
    assert store.enabled_automations() == [(made, here)]
    tell(store, "b")
    store.update_automation(made.id, {"tags": ["t"]}, NOW + SECOND)
    assert store.watching().since == follow(store, 0, every=True)[1] > here
    store.update_automation(made.id, {"enabled": False}, NOW + SECOND)
    assert store.enabled_automations() == []


def test_whether_all_is_still_as_it_was(store):
    made = an_automation(store)

    with store.together():
        assert store.is_still_watched({made.id: NOW}, 0)
        assert not store.is_still_watched({}, 0)
        assert not store.is_still_watched({made.id: NOW + 1}, 0)
        store.read_on(5)
        assert not store.is_still_watched({made.id: NOW}, 0)
        store.read_on(7)
        assert store.is_still_watched({made.id: NOW}, 7)


def test_what_is_remembered(store):
    made = an_automation(store)
    counted = Window(1, 2, 3, ("x" * 10_000, "'"), {"id": "e"})
    firing = Firing(an_id("f"), an_id("r"), 5, {"a": "b"}, None, [Firing(an_id("g"), an_id("s"), 4)])
    here, there = (an_id("t"), counted.key), (an_id("u"), ())
    store.remember([Bucket(here, made.id, counted, 2), Bucket(there, made.id, Gathered([firing]), None)], [])

    assert store.remembered([here, there, (an_id("v"), ())]) == {here: counted, there: Gathered([firing])}
    assert (store.due_buckets(1, limit=5), store.due_buckets(2, limit=5)) == ([], [here])
    assert store.watching().due == 2
    store.remember([Bucket(there, made.id, Gathered([]), 1)], [here])
    assert store.remembered([here, there]) == {there: Gathered([])}
    assert store.due_buckets(5, limit=5) == [there]


def test_it_is_forgotten_when_the_automation_is_changed_or_deleted(store):
    made, place = an_automation(store), (an_id("t"), ())
    bucket = Bucket(place, made.id, Window(1, 2), 2)

    store.remember([bucket], [])
    store.update_automation(made.id, {"name": "new"}, NOW)
    assert store.remembered([place]) == {}
    store.remember([bucket], [])
    store.delete_automation(made.id)
    assert store.remembered([place]) == {}
