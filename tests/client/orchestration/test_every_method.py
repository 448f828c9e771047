"""Each method is called in each form, with what must be given and with all that can be: no request is refused as wrong."""

from __future__ import annotations

import inspect

import httpx
import pytest

from tests.client.orchestration.world import World
from tests.contract.facts import sdk_names
from tidemill.client.methods import declarations
from tidemill.client.orchestration import SyncTidemillClient, TidemillClient
from tidemill.exceptions import ObjectNotFound

DECLARED = declarations(TidemillClient)
#: Its page token is one that no server gave.
REFUSED = {"read_events_page"}


def arguments(name, world, *, all_of_them):
    """What to call a method with."""
    found = {}
    particular = world.particular.get(name, {})
    for parameter in list(inspect.signature(DECLARED[name].logic).parameters.values())[1:]:
        needed = parameter.default is parameter.empty
        if parameter.kind is parameter.VAR_KEYWORD:
            found |= particular
        elif needed or (all_of_them and parameter.name in {**world.values, **particular}):
            found[parameter.name] = particular.get(parameter.name, world.values.get(parameter.name))
    return found


def in_order():
    """What deletes comes last, and a deployment before its flow."""
    last = ("delete_", "clear_", "release_")
    return sorted(DECLARED, key=lambda name: (name.startswith(last), name == "delete_flow", name))


@pytest.mark.parametrize("all_of_them", [False, True], ids=["needed", "all"])
def test_no_method_asks_for_what_is_not_understood(client, all_of_them):
    world, failed = World(client), {}

    for name in in_order():
        try:
            getattr(client, name)(**arguments(name, world, all_of_them=all_of_them))
        except httpx.HTTPStatusError as error:
            strange = error.response.status_code in (405, 422) or error.response.is_server_error
            if name not in REFUSED and (strange or "There is nothing at" in error.response.text):
                failed[name] = f"{error.response.status_code} {error.response.text}"
            elif name not in REFUSED and isinstance(error, ObjectNotFound) and not name.startswith("delete_"):
                failed[name] = f"does not find what is there: {error}"

    assert failed == {}


def test_there_are_methods():
    assert len(DECLARED) > 100


def test_both_forms_have_every_method_of_the_contract():
    for kind in (TidemillClient, SyncTidemillClient):
        methods = next(one.facts["methods"] for one in sdk_names() if one.name == kind.__name__)
        missing = {name for name in methods if not hasattr(kind, name)}

        assert missing == {"apply_slas_for_deployment", "create_deployment_branch"}


def test_every_declaration_says_what_it_is_for_and_what_it_answers():
    for name, declared in DECLARED.items():
        assert declared.__doc__, name
        assert str(declared.logic.__annotations__["return"]).startswith("Asking["), name


def test_the_forms_differ_in_waiting_alone():
    for name in DECLARED:
        called, awaited = getattr(SyncTidemillClient, name), getattr(TidemillClient, name)

        assert inspect.signature(called) == inspect.signature(awaited), name
        assert inspect.iscoroutinefunction(awaited)
        assert not inspect.iscoroutinefunction(called)
