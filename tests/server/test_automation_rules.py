from __future__ import annotations

from uuid import UUID

import pytest

from tests.store.conformance.story import NOW, an_id
from tidemill.domain.states import from_us
from tidemill.domain.triggers.rules import EventRule, PartsRule
from tidemill.server.automation_rules import Interests, rule_of
from tidemill.wire.automations import Automation, CompoundTrigger, DoNothing, EventTrigger, SequenceTrigger
from tidemill.wire.events import ReceivedEvent

A, B = (UUID(an_id(name)) for name in "ab")
ONE = EventTrigger(posture="Reactive", expect={"y", "x.*"}, id=A)


def automation(trigger, name="a"):
    return Automation(
        id=an_id(name), name=name, trigger=trigger, actions=[DoNothing()], created=from_us(NOW), updated=from_us(NOW)
    )


def event(name, resource="r", *, occurred=NOW, received=None, payload=None):
    return ReceivedEvent(
        event=name, id=an_id(name), occurred=from_us(occurred), resource={"prefect.resource.id": resource},
        received=None if received is None else from_us(received), payload=payload or {},
    )  # fmt: skip


def heard(interests, said, *, seq=10, now=NOW):
    return [(one.watched.automation.name, one.seen.at) for one in interests.meant(seq, said, now)]


def test_a_trigger_as_a_rule():
    trigger = EventTrigger(
        posture="Proactive", expect={"e"}, after={"b", "a"}, match={"l": "1"}, match_related={"k": ["2"]},
        for_each={"y", "x"}, threshold=3, within=10.5, id=A,
    )  # fmt: skip

    assert rule_of(trigger) == EventRule(
        str(A), True, ("e",), ("a", "b"), {"l": "1"}, ({"k": ["2"]},), ("x", "y"), 3, 10_500_000
    )


def test_a_length_of_time_that_nobody_lives_to_see_is_cut_off():
    assert rule_of(EventTrigger(posture="Reactive", within=1e300)).within < 2**62


@pytest.mark.parametrize(("require", "needed"), [("any", 1), ("all", 2), (2, 2), (1, 1)])
def test_compound(require, needed):
    rule = rule_of(CompoundTrigger(require=require, within=None, triggers=[ONE, ONE], id=B))

    assert rule == PartsRule(str(B), (rule_of(ONE), rule_of(ONE)), needed, ordered=False, within=None)


def test_sequence():
    rule = rule_of(SequenceTrigger(within=1.0, triggers=[ONE], id=B))

    assert rule == PartsRule(str(B), (rule_of(ONE),), 1, ordered=True, within=1_000_000)


@pytest.mark.parametrize(
    ("expect", "names", "beginnings", "every"),
    [
        ({"a", "b.*"}, {"a"}, {"b."}, False),
        ({"*"}, set(), {""}, False),
        ({"a*b"}, set(), set(), True),
        (set(), set(), set(), True),
    ],
)
def test_what_events_are_asked_for(expect, names, beginnings, every):
    asked = Interests([(automation(EventTrigger(posture="Reactive", expect=expect)), 0)])

    assert (asked.names, asked.beginnings, asked.every) == (names, beginnings, every)


def test_an_event_is_for_those_that_wait_for_it_and_were_there():
    asked = Interests([(automation(ONE, "early"), 5), (automation(ONE, "late"), 10)])

    assert heard(asked, event("y")) == [("early", NOW)]
    assert heard(asked, event("x.z"), seq=11) == [("early", NOW), ("late", NOW)]
    assert heard(asked, event("z")) == []
    assert heard(Interests(), event("y")) == []


def test_no_event_is_later_than_it_came_or_is_known():
    asked = Interests([(automation(ONE), 0)])

    assert heard(asked, event("y", occurred=NOW + 5, received=NOW + 2), now=NOW + 9) == [("a", NOW + 2)]
    assert heard(asked, event("y", occurred=NOW + 5), now=NOW + 3) == [("a", NOW + 3)]


def test_what_automations_do_is_for_those_that_name_it_and_not_for_ever():
    firing, mine = "prefect.automation.triggered", f"prefect.automation.{an_id('a')}"
    anything = Interests([(automation(EventTrigger(posture="Reactive")), 0)])
    asked = Interests([(automation(EventTrigger(posture="Reactive", expect={"prefect.automation.*"})), 0)])

    assert heard(anything, event(firing)) == []
    assert heard(anything, event("prefect.automation.updated", mine)) == [("a", NOW)]
    assert heard(asked, event(firing, mine)) == []
    assert heard(asked, event(firing)) == [("a", NOW)]
    chain = {"triggering_event": {"payload": {}}}
    for _ in range(10):
        chain = {"triggering_event": {"payload": chain}}
    assert heard(asked, event(firing, payload=chain)) == []
