"""A name of the contract's tier 1 is there, or it is written down which part brings it and why it is not there now."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contract.absent import absent, is_within, reason
from tests.contract.survey import Survey, survey

WHEN = ("with part 2", "with part 3", "with part 4", "later", "never")


@pytest.fixture(scope="module")
def first_tier() -> Survey:
    return survey((1,))


def test_every_missing_name_has_its_part(first_tier):
    assert [label for label in first_tier.missing if reason(label) is None] == []


def test_what_exists_is_not_said_to_be_absent(first_tier):
    modules = [module for entry in absent() for module in entry.modules]
    names = {label for entry in absent() for label in entry.names}
    there = [label for label in first_tier.present if any(is_within(label.partition(":")[0], each) for each in modules)]

    assert sorted(there) + sorted(names & first_tier.present) == []


def test_what_is_said_to_be_absent_is_in_the_contract(first_tier):
    missing = {label.partition(":")[0] for label in first_tier.missing}
    modules = [module for entry in absent() for module in entry.modules]
    names = [label for entry in absent() for label in entry.names]

    assert [module for module in modules if not any(is_within(each, module) for each in missing)] == []
    assert sorted(set(names) - set(first_tier.missing)) == []


def test_a_name_is_absent_for_one_reason():
    names = Counter(label for entry in absent() for label in entry.names)

    assert [label for label, times in names.items() if times > 1] == []


def test_every_absence_says_when_and_why():
    assert [entry for entry in absent() if entry.comes not in WHEN or len(entry.why.split()) < 4] == []
