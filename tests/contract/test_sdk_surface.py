"""Names, commands and settings are the contract's: what exists has its signature, and does not get lost."""

from __future__ import annotations

import tomllib

import pytest

from tests.contract.facts import HERE
from tests.contract.report import baseline, counted, surveys
from tests.contract.survey import Survey


@pytest.fixture(scope="module")
def everything() -> dict[str, Survey]:
    return surveys()


@pytest.fixture(scope="module")
def deviating(everything) -> dict[str, list[str]]:
    return {label: said for outcome in everything.values() for label, said in outcome.deviating.items()}


@pytest.fixture(scope="module")
def allowed() -> dict[str, str]:
    return tomllib.loads((HERE / "deviations.toml").read_text())


def test_every_missing_name_is_counted(record_property, capsys):
    """Passes; `make contract` lists what the counts stand for, each with its signature."""
    with capsys.disabled():
        for title, outcome in surveys((1,)).items():
            record_property(title, counted(title, outcome))
            print(f"\n{counted(title, outcome)}", end="")


def test_what_exists_has_the_contracts_signature(deviating, allowed):
    unexplained = {label: said for label, said in deviating.items() if label not in allowed}

    assert not unexplained, "\n".join(f"{label}: {'; '.join(said)}" for label, said in unexplained.items())


def test_a_deviation_that_is_gone_is_not_listed(deviating, allowed):
    assert sorted(set(allowed) - set(deviating)) == []


def test_every_deviation_has_a_reason(allowed):
    assert [label for label, reason in allowed.items() if len(reason.split()) < 4] == []


def test_nothing_that_existed_has_disappeared(everything):
    there = {label for outcome in everything.values() for label in outcome.present}

    assert sorted(baseline() - there) == []
