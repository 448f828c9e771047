"""Policies and rules are the contract's, by name, order, kind and where they apply."""

from __future__ import annotations

import pytest

from tests.contract.facts import raw
from tidemill.domain.orchestration import policies
from tidemill.domain.orchestration.policies import GLOBAL, Policy, policy_for
from tidemill.domain.orchestration.rule import ALL, ANY, Rule
from tidemill.domain.states import StateType

FACTS = raw("states.json")
POLICIES = {policy.name: policy for policy in vars(policies).values() if isinstance(policy, Policy)}
RULES = {rule.name: rule for policy in POLICIES.values() for rule in policy.order}


def types(written: object) -> frozenset[StateType]:
    """A set of types as the contract writes it."""
    if written == "ALL":
        return ALL
    if isinstance(written, dict):
        return ALL - types(written["all_except"])
    return frozenset(StateType(each) for each in written)


def test_there_are_the_contracts_policies():
    assert sorted(POLICIES) == sorted(FACTS["policies"])


@pytest.mark.parametrize("name", sorted(FACTS["policies"]))
def test_a_policy_asks_the_contracts_rules_in_its_order(name):
    assert POLICIES[name].kind == FACTS["policies"][name]["kind"]
    assert [rule.name for rule in POLICIES[name].order] == FACTS["policies"][name]["order"]


def test_there_are_the_contracts_rules():
    assert sorted(RULES) == sorted(FACTS["rules"])


@pytest.mark.parametrize("name", sorted(FACTS["rules"]))
def test_a_rule_applies_where_the_contract_says(name):
    rule, fact = RULES[name], FACTS["rules"][name]

    assert rule.comes_from - {None} == types(fact["from"])
    assert rule.leads_to == types(fact["to"])
    assert (None in rule.comes_from) == (fact["from"] == "ALL" or isinstance(fact["from"], dict))
    assert rule.always == (fact["kind"] == "transform")


@pytest.mark.parametrize("name", sorted(FACTS["rules"]))
def test_a_rule_that_answers_judges_and_one_with_consequences_follows(name):
    rule, fact = type(RULES[name]), FACTS["rules"][name]

    if fact["answers"]:
        assert rule.judge is not Rule.judge
    if "after_transition" in fact["hooks"] and name != "HandleResumingPausedFlows":  # marked before, so that it counts
        assert rule.follow is not Rule.follow


def test_a_rule_stands_by_its_name_in_one_file():
    homes = [type(rule).__module__ for rule in RULES.values() if ".entering." not in type(rule).__module__]

    assert len(homes) == len(set(homes))


def test_a_transform_applies_everywhere():
    assert all(rule.comes_from == ANY and rule.leads_to == ALL for rule in RULES.values() if rule.always)


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("flow_run", {}, FACTS["set_state"]["normal"]["flow_run"]),
        ("flow_run", {"force": True}, FACTS["set_state"]["force"]["flow_run"]),
        ("task_run", {}, FACTS["set_state"]["normal"]["task_run"]),
        ("task_run", {"deferred": True}, FACTS["set_state"]["normal"]["task_run_deferred"]),
        ("task_run", {"force": True, "deferred": True}, FACTS["set_state"]["force"]["task_run"]),
    ],
)
def test_a_request_finds_its_policy(kind, said, expected):
    assert policy_for(kind, **said).name == expected


def test_what_always_follows():
    assert {kind: policy.name for kind, policy in GLOBAL.items()} == FACTS["set_state"]["always_after"]
