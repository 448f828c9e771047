"""Texts longer than any index takes them: refused by name where things are found by them, alike by every database."""

from __future__ import annotations

import random

import pytest

from tests.server.samples import every_sample
from tests.server.world import a_world
from tidemill.domain.names import LONGEST_KEY_BYTES, LONGEST_NAME_BYTES

#: No database makes it smaller.
LONG = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=6000)))


def places(value, path=()):
    """Where in a body there are texts."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*path, key))


def with_long_text(value, path):
    if not path:
        return LONG
    changed = value.copy()
    changed[path[0]] = with_long_text(value[path[0]], path[1:])
    return changed


@pytest.fixture(scope="module")
def told():
    """The status of each request with one long text in it, by database."""
    statuses = {}
    for dialect in ("sqlite", "postgres"):
        with a_world(1, dialect) as world:
            for name, sample in every_sample(writes=True).items():
                path, body = world.request(sample)
                for place in places(body) if "delete" not in name.lower() else ():
                    said = world.client.request(name.partition(" ")[0], path, with_long_text(body, place))
                    statuses.setdefault((name, place), []).append(said.status)
    return statuses


def test_no_long_text_is_taken_for_a_fault_of_the_server(told):
    assert {where: statuses for where, statuses in told.items() if max(statuses) >= 500} == {}


def test_every_database_says_the_same_of_long_texts(told):
    public = {where: statuses for where, statuses in told.items() if "/tm/store/" not in where[0]}

    assert len(public) > 50
    assert {where: statuses for where, statuses in public.items() if len(set(statuses)) > 1} == {}


def test_the_field_is_named(client):
    said = client.post("/api/flows/", {"name": LONG})

    assert said.status == 422
    assert said.body["exception_detail"][0]["loc"] == ["body", "name"]
    assert said.body["detail"] == f"body.name: expected {LONGEST_NAME_BYTES} bytes at most, got {3 * len(LONG)}"


@pytest.mark.parametrize("character", ["x", "ü", "宇", "🌊"])
def test_what_is_as_long_as_may_be_is_kept(client, character):
    longest = character * (LONGEST_NAME_BYTES // len(character.encode()))
    flow = client.post("/api/flows/", {"name": longest})
    assert flow.status == 201
    run = {"flow_id": flow.body["id"], "name": longest}

    made = client.post("/api/flow_runs/", run | {"idempotency_key": LONG[: LONGEST_KEY_BYTES // 3]})
    task = {"flow_run_id": made.body["id"], "task_key": LONG[:333], "dynamic_key": LONG[333:666]}

    assert made.status == 201
    assert client.post("/api/task_runs/", task).status == 201


def test_an_event_about_something_with_a_long_name_is_refused(client):
    event = {"occurred": "2023-11-14T22:00:00Z", "event": "e", "resource": {"prefect.resource.id": LONG}}

    said = client.post("/api/events", [event | {"id": "00000000-0000-0000-0000-000000000001"}])

    assert said.status == 422
    assert "prefect.resource.id" in said.body["detail"]
