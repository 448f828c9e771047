from __future__ import annotations

from uuid import UUID

import pytest
from msgspec.structs import replace

from tidemill.domain.states import from_us
from tidemill.store.errors import MissingError
from tidemill.wire.automations import (
    Automation,
    AutomationSort,
    CompoundTrigger,
    DoNothing,
    EventTrigger,
    RunDeployment,
)
from tidemill.wire.filters import AutomationFilter
from tidemill.wire.operators import TagsOrAny, Texts

from .story import NOW, SECOND, an_id

TRIGGER = CompoundTrigger(
    require="any",
    within=5.0,
    triggers=[EventTrigger(posture="Reactive", expect={"a"}, match={"x": ["1", "2"]}, within=10.0)],
)
RUN = RunDeployment(deployment_id=UUID(an_id("deployment")), parameters={"a": [1]})


def an_automation(store, name="a", *, owner=None, **fields):
    given = {"trigger": TRIGGER, "actions": [DoNothing()]} | fields
    made = Automation(id=an_id(name), name=name, created=from_us(NOW), updated=from_us(NOW), **given)
    store.create_automation(made, owner)
    return made


def test_what_was_kept_is_read(store):
    made = an_automation(store, actions=[RUN, DoNothing()], actions_on_resolve=[DoNothing()], tags=["t"])

    assert store.read_automation(made.id) == made
    with pytest.raises(MissingError, match="no automation"):
        store.read_automation(an_id("other"))


def test_a_change_relates_it_anew_but_leaves_its_owner(store):
    made = an_automation(store, actions=[RUN], owner="owner")
    of_deployment = f"prefect.deployment.{an_id('deployment')}"
    assert store.automations_related_to(of_deployment) == [made]

    store.update_automation(made.id, {"actions": [], "enabled": False}, NOW + SECOND)
    changed = replace(made, actions=[], enabled=False, updated=from_us(NOW + SECOND))
    assert store.automations_related_to("owner") == [changed] == [store.read_automation(made.id)]
    assert store.automations_related_to(of_deployment) == []
    with pytest.raises(MissingError):
        store.update_automation(an_id("other"), {}, NOW)


def test_it_goes_with_its_owner_and_with_nobody_else(store):
    an_automation(store, "owned", owner="x")
    other = an_automation(store, "other", actions=[RUN])

    store.delete_automations_owned_by(f"prefect.deployment.{an_id('deployment')}")
    store.delete_automations_owned_by("x")
    assert store.find_automations(sort=AutomationSort.NAME_ASC, limit=9) == [other]
    store.delete_automation(other.id)
    with pytest.raises(MissingError):
        store.delete_automation(other.id)
    assert store.automations_related_to("x") == []


def test_by_filter_and_in_order(store):
    for name, tags in (("b", ["x"]), ("a", ["x", "y"]), ("c", [])):
        an_automation(store, name, tags=tags)

    def names(wanted=None, sort=AutomationSort.NAME_ASC, **page):
        found = store.find_automations(wanted, sort=sort, **{"limit": 9} | page)
        assert page or store.count_automations(wanted) == len(found)
        return "".join(one.name for one in found)

    assert names() == "abc"
    assert names(sort=AutomationSort.NAME_DESC) == "cba"
    assert names(limit=1, offset=1) == "b"
    assert names(AutomationFilter(tags=TagsOrAny(all_=["x"]))) == "ab"
    assert names(AutomationFilter(name=Texts(any_=["c", "d"]))) == "c"
