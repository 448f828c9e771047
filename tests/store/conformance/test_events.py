"""Events: those of runs' states, and those that are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from tidemill.domain.states import from_us
from tidemill.store.tailing import Tail
from tidemill.system.clock import SystemClock
from tidemill.wire.events import (
    Countable,
    EventAnyResourceFilter,
    EventFilter,
    EventIDFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventOrder,
    EventRelatedFilter,
    EventResourceFilter,
    EventTextFilter,
    ToldEvent,
)

from .story import NOW as THEN
from .story import SECOND, an_id, ended, pending, started, state, waiting

NOW = 1_700_000_100_000_000
BEGAN = datetime(2023, 11, 14, tzinfo=UTC)


def told(name="shop.sold", about="shop.1", *, at=0, related=(), payload=None, id_=None, follows=None, **labels):
    return ToldEvent(
        event=name,
        id=id_ or uuid4(),
        occurred=BEGAN + timedelta(seconds=at),
        resource={"prefect.resource.id": about, **labels},
        related=[{"prefect.resource.id": id_, "prefect.resource.role": role} for role, id_ in related],
        payload=msgspec.Raw(msgspec.json.encode(payload or {})),
        follows=follows,
    )


def names(store, **asked):
    return [event.event for event in found(store, **asked)]


def found(store, *, limit=100, **asked):
    return store.find_events(EventFilter(**{"order": EventOrder.ASC, **asked}), limit=limit)[0]


def about(event):
    return event.resource["prefect.resource.id"]


def test_what_is_told_is_kept_as_it_was_told(store):
    first = told(
        "a.b", "x.1", related=[("owner", "x.2")], payload={"deep": [1, {"two": None}], "q": 'it\'s "so"'}, kind="z"
    )
    second = told("a.c", "x.1", at=1, follows=first.id)

    assert store.take_events([first, second], NOW) == 2

    one, two = found(store)
    assert one.id == str(first.id)
    assert one.resource == first.resource
    assert one.related == first.related
    assert one.payload == {"deep": [1, {"two": None}], "q": 'it\'s "so"'}
    assert one.occurred == BEGAN
    assert one.received == from_us(NOW)
    assert (one.follows, two.follows) == (None, str(first.id))


def test_an_event_told_twice_is_there_once(store):
    one, other = told("a.b"), told("a.c", at=1)

    assert store.take_events([one, one], NOW) == 1
    assert store.take_events([one, other, other], NOW + 1) == 1
    assert names(store) == ["a.b", "a.c"]


def test_each_state_of_a_flow_run_is_an_event(store, story):
    run = story.running("r")
    story.tell(state(run, "COMPLETED", ordinal=1, at=THEN + SECOND))

    running, completed = found(store)

    states = store.flow_run_states(run)
    assert [event.id for event in (running, completed)] == [one.id for one in states]
    assert running.payload["initial_state"] is None
    assert completed.event == "prefect.flow-run.Completed"
    assert completed.follows == running.id
    assert completed.resource == {
        "prefect.resource.id": f"prefect.flow-run.{run}",
        "prefect.resource.name": "r",
        "prefect.run-count": "1",
        "prefect.state-message": "",
        "prefect.state-name": "Completed",
        "prefect.state-timestamp": states[1].timestamp.isoformat(),
        "prefect.state-type": "COMPLETED",
    }
    assert completed.payload == {
        "intended": {"from": "RUNNING", "to": "COMPLETED"},
        "initial_state": {"type": "RUNNING", "name": "Running"},
        "validated_state": {"type": "COMPLETED", "name": "Completed"},
    }
    assert completed.related == [
        {
            "prefect.resource.id": f"prefect.flow.{store.read_flow_run(run).flow_id}",
            "prefect.resource.role": "flow",
            "prefect.resource.name": "etl",
        },
        {"prefect.resource.id": "prefect.tag.blue", "prefect.resource.role": "tag"},
    ]


def test_each_state_of_a_task_run_is_an_event_however_its_entries_come(store, story):
    run = story.running("r")
    story.tell(started(run, "at-once"), ended(run, "at-once"))
    story.tell(pending(run, "slowly"))
    story.tell(started(run, "slowly", at=THEN + SECOND))
    story.tell(waiting(run, "slowly", at=THEN + 2 * SECOND))
    story.tell(
        started(run, "slowly", at=THEN + 3 * SECOND, attempt=2), ended(run, "slowly", at=THEN + 4 * SECOND, attempt=2)
    )

    for name in ("at-once", "slowly"):
        events = found(store, resource=EventResourceFilter(id=[f"prefect.task-run.{an_id(name)}"]))
        states = store.task_run_states(an_id(name))
        assert [event.event.rpartition(".")[2] for event in events] == [one.name for one in states]
        assert [event.id for event in events] == [one.id for one in states]
        assert [event.occurred for event in events] == [one.timestamp for one in states]
        assert [event.follows for event in events] == [None, *(one.id for one in states[:-1])]
        assert [event.payload["validated_state"]["type"] for event in events] == [one.type for one in states]
        assert events[-1].payload["task_run"]["task_key"] == "mod.task"
        assert {one["prefect.resource.id"] for one in events[-1].related} >= {
            f"prefect.flow-run.{run}",
            "prefect.tag.blue",
        }


def test_a_state_that_is_refused_is_no_event(store, story):
    run = story.running("r")
    story.tell(state(run, "COMPLETED", ordinal=1, at=THEN + SECOND))
    story.tell(state(run, "PENDING", ordinal=2, at=THEN + 2 * SECOND, state_id=an_id("never")))
    story.tell(started(run), ended(run), ended(run, at=THEN + 9 * SECOND))

    states = [*store.flow_run_states(run), *store.task_run_states(an_id("task"))]
    assert sorted(name.rpartition(".")[2] for name in names(store)) == sorted(one.name for one in states)


def test_events_of_runs_go_with_their_runs_and_what_was_told_stays(store, story):
    run = story.running("r")
    story.tell(started(run), ended(run))
    store.take_events([told(related=[("flow-run", f"prefect.flow-run.{run}")])], NOW)

    store.delete_flow_run(run)

    assert names(store) == ["shop.sold"]


def test_what_comes_in_is_followed_in_the_order_in_which_it_came(store, story):
    tail = Tail("event")

    def follow(after, count, *, limit=2):
        """Other transactions of the server, and what it does by itself, hold this one up for as long as they take."""
        until = SystemClock().monotonic() + 60
        while SystemClock().monotonic() < until:
            events, place = store.follow_events(tail, after, limit=limit)
            if len(events) >= count:
                return events, place
        raise AssertionError(f"never sure of what came behind {after}")

    run = story.running("r")
    first, place = follow(0, 1, limit=100)
    store.take_events([told("late", at=-1000)], NOW)
    story.tell(started(run), ended(run))

    second, end = follow(place, 2)
    third, last = follow(end, 1)

    assert [event.event for _, event in first] == ["prefect.flow-run.Running"]
    assert [event.event for _, event in second] == ["late", "prefect.task-run.Running"]
    assert [event.event for _, event in third] == ["prefect.task-run.Completed"]
    assert store.follow_events(tail, last, limit=2) == ([], last)


def test_a_page_of_what_is_followed_has_no_more_bytes_than_it_may_but_one_event_at_least(store):
    tail = Tail("event")
    store.take_events([told(f"n{place}", payload={"said": "x" * 1000 * place}) for place in range(6)], NOW)

    pages, place = [], 0
    while True:
        page, place = store.follow_events(tail, place, limit=5, most_bytes=3_500)
        if not page:
            break
        pages.append([event.event for _, event in page])

    assert pages == [["n0", "n1", "n2"], ["n3"], ["n4"], ["n5"]]


FILTERS = {
    "nothing": ({}, "abcd"),
    "id": ({"id": EventIDFilter(id=[UUID(an_id("a")), UUID(an_id("none"))])}, "a"),
    "empty lists, which ask nothing": (
        {
            "id": EventIDFilter(id=[]),
            "event": EventNameFilter(name=[], prefix=[], exclude_name=[], exclude_prefix=[]),
            "resource": EventResourceFilter(id=[], id_prefix=[], labels={}),
            "related": [EventRelatedFilter(id=[], role=[], resources_in_roles=[], labels={})],
            "any_resource": EventAnyResourceFilter(id=[], id_prefix=[], labels={}),
        },
        "abcd",
    ),
    "since": ({"occurred": EventOccurredFilter(since=BEGAN + timedelta(seconds=2))}, "cd"),
    "until": ({"occurred": EventOccurredFilter(until=BEGAN + timedelta(seconds=1))}, "ab"),
    "name": ({"event": EventNameFilter(name=["shop.sold"])}, "ab"),
    "prefix": ({"event": EventNameFilter(prefix=["shop.", "x"])}, "abc"),
    "prefix, in its case": ({"event": EventNameFilter(prefix=["Shop."])}, ""),
    "not name": ({"event": EventNameFilter(exclude_name=["shop.sold"])}, "cd"),
    "not prefix": ({"event": EventNameFilter(exclude_prefix=["shop.s"])}, "cd"),
    "name and not prefix": ({"event": EventNameFilter(prefix=["shop."], exclude_prefix=["shop.s"])}, "c"),
    "about": ({"resource": EventResourceFilter(id=["shop.1"])}, "ac"),
    "about a beginning": ({"resource": EventResourceFilter(id_prefix=["shop.", "mill"])}, "abcd"),
    "label": ({"resource": EventResourceFilter(labels={"kind": "big"})}, "a"),
    "labels of a list": ({"resource": EventResourceFilter(labels={"kind": ["big", "sm*"]})}, "ab"),
    "not a label": ({"resource": EventResourceFilter(labels={"kind": "!big"})}, "bcd"),
    "distinct": ({"resource": EventResourceFilter(distinct=True)}, "abd"),
    "related": ({"related": EventRelatedFilter(id=["who.1"])}, "ab"),
    "related in a role": ({"related": EventRelatedFilter(id=["who.1"], role=["buyer"])}, "a"),
    "role": ({"related": EventRelatedFilter(role=["seller"])}, "bc"),
    "resource in role": ({"related": EventRelatedFilter(resources_in_roles=[("who.1", "seller")])}, "b"),
    "related label": ({"related": EventRelatedFilter(labels={"prefect.resource.id": "who.*"})}, "abc"),
    "two related": ({"related": [EventRelatedFilter(id=["who.1"]), EventRelatedFilter(id=["who.2"])]}, "b"),
    "any resource": ({"any_resource": EventAnyResourceFilter(id=["who.2", "mill.1"])}, "bcd"),
    "any beginning": ({"any_resource": EventAnyResourceFilter(id_prefix=["who."])}, "abc"),
    "any label": ({"any_resource": EventAnyResourceFilter(labels={"kind": "small"})}, "b"),
    "text": ({"text": EventTextFilter(query="LEMON")}, "a"),
    "text without": ({"text": EventTextFilter(query="shop -lemon")}, "bc"),
    "text with blanks": ({"text": EventTextFilter(query='"sour lemon"')}, "a"),
}


@pytest.fixture
def four(store):
    told_events = {
        "a": told(id_=UUID(an_id("a")), related=[("buyer", "who.1")], payload={"fruit": "sour lemon"}, kind="big"),
        "b": told(about="shop.2", at=1, related=[("seller", "who.1"), ("buyer", "who.2")], kind="small"),
        "c": told("shop.closed", at=2, related=[("seller", "who.2")]),
        "d": told("mill.turned", "mill.1", at=3),
    }
    store.take_events(list(told_events.values()), NOW)
    return {str(event.id): letter for letter, event in told_events.items()}


@pytest.mark.parametrize(("asked", "expected"), FILTERS.values(), ids=FILTERS)
def test_a_filter(store, four, asked, expected):
    assert "".join(four[event.id] for event in found(store, **asked)) == expected
    assert store.count_events(EventFilter(**asked)) == len(expected)


@pytest.mark.parametrize(("asked", "expected"), FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("order", EventOrder)
def test_pages_of_a_filter_are_all_of_it_in_order(store, four, asked, expected, order):
    if "resource" in asked and asked["resource"].distinct and order is EventOrder.DESC:
        expected = "bcd"
    wanted = EventFilter(**asked, order=order)

    letters, place = "", None
    while True:
        page, place = store.find_events(wanted, limit=1, after=place)
        letters += "".join(four[event.id] for event in page)
        if place is None:
            break

    assert letters == (expected if order is EventOrder.ASC else expected[::-1])


def test_runs_events_are_found_by_what_they_have_to_do_with(store, story):
    run = story.running("r")
    story.running("other", flow="others", tags=[])
    story.tell(started(run, tags=["green"]), ended(run))
    flow = store.read_flow_run(run).flow_id

    def short(**asked):
        return [name.removeprefix("prefect.") for name in names(store, **asked)]

    task = ["task-run.Running", "task-run.Completed"]
    assert short(related=EventRelatedFilter(id=[f"prefect.flow-run.{run}"])) == task
    assert sorted(short(any_resource=EventAnyResourceFilter(id=[f"prefect.flow-run.{run}"]))) == sorted(
        [*task, "flow-run.Running"]
    )
    assert sorted(short(related=EventRelatedFilter(id=[f"prefect.flow.{flow}"]))) == sorted([*task, "flow-run.Running"])
    assert short(related=EventRelatedFilter(id=["prefect.tag.green"])) == task
    assert sorted(short(related=EventRelatedFilter(id=["prefect.tag.blue"]))) == sorted([*task, "flow-run.Running"])
    assert short(resource=EventResourceFilter(labels={"prefect.state-type": "COMPLETED"})) == task[1:]
    assert short(resource=EventResourceFilter(id_prefix=["prefect.task-run."])) == task
    for state_id in (store.flow_run_states(run)[0].id, store.task_run_states(an_id("task"))[1].id):
        assert [event.id for event in found(store, id=EventIDFilter(id=[UUID(state_id)]))] == [state_id]


def test_events_are_counted_by_name_by_resource_and_by_time(store, four):
    since, until = BEGAN, BEGAN + timedelta(seconds=5)
    us = {"since": int(since.timestamp()) * SECOND, "until": int(until.timestamp()) * SECOND, "interval_us": 2 * SECOND}

    def tally(by, **asked):
        counts = store.tally_events(EventFilter(**asked), by, **us)
        return [(one.value, one.label, one.count) for one in counts]

    assert tally(Countable.EVENT) == [
        ("shop.sold", "shop.sold", 2),
        ("mill.turned", "mill.turned", 1),
        ("shop.closed", "shop.closed", 1),
    ]
    assert tally(Countable.RESOURCE) == [("shop.1", "shop.1", 2), ("mill.1", "mill.1", 1), ("shop.2", "shop.2", 1)]
    assert [count for _, _, count in tally(Countable.TIME)] == [2, 2, 0]
    assert [label for _, label, _ in tally(Countable.DAY)] == [
        (BEGAN + timedelta(seconds=place)).isoformat() for place in (0, 2, 4)
    ]
    lemon = EventTextFilter(query="lemon")
    assert tally(Countable.EVENT, text=lemon) == [("shop.sold", "shop.sold", 1)]
    assert [count for _, _, count in tally(Countable.TIME, text=lemon)] == [1, 0, 0]
