"""State types, names and details are the contract's: they cross the wire and stand in the database."""

from __future__ import annotations

import inspect

import msgspec
import pytest

from tests.contract.facts import raw
from tests.contract.survey import module_named
from tidemill.domain.states import DEFAULT_NAME, NAMES_BY_TYPE, TERMINAL_STATES, StateDetails, StateType

FACTS = raw("states.json")
PUBLIC = module_named("tidemill.states")


def test_types():
    assert [kind.value for kind in StateType] == FACTS["types"]


def test_terminal_types():
    assert sorted(kind.value for kind in TERMINAL_STATES) == FACTS["terminal_types"]


def test_default_names():
    assert {kind.value: name for kind, name in DEFAULT_NAME.items()} == FACTS["default_name_by_type"]


def test_names_belong_to_their_types():
    expected = {
        (name, kind)
        for name, about in FACTS["names"].items()
        for kind in (about["type"], about.get("also_type"))
        if kind
    }

    assert {(name, kind.value) for kind, names in NAMES_BY_TYPE.items() for name in names} == expected


def test_details_have_the_wires_fields():
    ours = {field.name for field in msgspec.structs.fields(StateDetails)}

    assert ours == set(FACTS["state_details"])


@pytest.mark.parametrize("name", sorted(FACTS["client_constructors"]) if PUBLIC else [])
def test_constructors_take_the_contracts_options(name):
    constructor = getattr(PUBLIC, name)

    offered = [each for each in inspect.signature(constructor).parameters if each not in ("cls", "kwargs")]

    assert offered[: len(FACTS["client_constructors"][name])] == FACTS["client_constructors"][name]
