"""Bodies that are nested deeply, numbers that are huge or tiny: refused or kept, never a fault of the server."""

from __future__ import annotations

import json

import pytest

from tests.server.routes.blocks import Kinds

HUGE = 10**40
DEPTHS = (90, 480, 950, 5_000)
LIMITS = "/api/v2/concurrency_limits"
EVENT = '{"type":"event","posture":"Reactive","within":1e300}'


def lists(depth):
    return "[" * depth + "]" * depth


def objects(depth):
    return '{"a":' * depth + "1" + "}" * depth


def sequences(depth):
    return '{"type":"sequence","within":1,"triggers":[' * depth + EVENT + "]}" * depth


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(
    ("path", "body", "made"),
    [
        ("/api/artifacts/", '{"data":%s}', lists),
        ("/api/artifacts/", '{"key":"a","data":%s}', objects),
        ("/api/ui/schemas/validate", '{"schema":{},"values":%s}', objects),
        ("/api/ui/schemas/validate", '{"values":{"a":1},"schema":{"properties":%s}}', objects),
        ("/api/automations/", '{"name":"a","actions":[],"trigger":%s}', sequences),
    ],
)
def test_depth(client, depth, path, body, made):
    said = client.post(path, (body % made(depth)).encode())

    assert said.status in (200, 201, 422), said.body
    if said.status == 201:
        assert client.get(f"{path}{said.body['id']}").status == 200


@pytest.mark.parametrize("depth", DEPTHS)
def test_depth_in_blocks(client, depth):
    kinds = Kinds(client)
    schema = kinds.schemas["outer"]
    fields = '{"block_type_id":"%s","fields":%s}' % (kinds.outer["id"], objects(depth))  # noqa: UP031 - braces
    data = '{"block_type_id":"%s","block_schema_id":"%s","name":"a","data":{"many":%s,"x":%s}}' % (  # noqa: UP031 - as above
        schema["block_type_id"],
        schema["id"],
        objects(depth),
        objects(depth),
    )

    for path, body in (("/api/block_schemas/", fields), ("/api/block_documents/", data)):
        said = client.post(path, body.encode())
        assert said.status in (201, 422), said.body
        if said.status == 201:
            assert client.get(f"{path}{said.body['id']}?include_secrets=true").status == 200


@pytest.mark.parametrize("number", [HUGE, -HUGE, 1.5e308, 2**63, 2**64])
def test_numbers(client, number):
    for path, body in (
        ("/api/artifacts/", {"data": [number]}),
        ("/api/ui/schemas/validate", {"schema": {"maximum": number}, "values": {"a": number}}),
        (f"{LIMITS}/", {"name": "a", "limit": 1, "denied_slots": number}),
        (f"{LIMITS}/", {"name": "b", "limit": number}),
        (f"{LIMITS}/", {"name": "c", "limit": 1, "slot_decay_per_second": number}),
        (f"{LIMITS}/decrement", {"names": ["c"], "slots": 1, "occupancy_seconds": number}),
        (f"{LIMITS}/filter", {"offset": number}),
        ("/api/concurrency_limits/", {"tag": "a", "concurrency_limit": number}),
    ):
        said = client.request("POST", path, _json(body))
        assert said.status in (200, 201, 422), (path, said.body)
        if said.status == 201 and path == "/api/artifacts/":
            assert client.get(f"{path}{said.body['id']}").status == 200


def _json(body):
    return json.dumps(body).encode()


@pytest.mark.parametrize("rate", [5e-324, 1e-300, 1e-12, 1e300])
def test_rates(client, rate):
    client.post(f"{LIMITS}/", {"name": "a", "limit": 5, "slot_decay_per_second": rate, "active_slots": 2})
    body = {"names": ["a"], "slots": 2, "mode": "rate_limit"}

    for _ in range(4):
        assert client.post(f"{LIMITS}/increment", body).status in (200, 423)
    client.patch(f"{LIMITS}/a", {"active_slots": 3})
    assert 0 <= client.get(f"{LIMITS}/a").body["active_slots"] <= 5


def test_an_average_that_is_out_of_all_proportion(client):
    client.post(f"{LIMITS}/", {"name": "a", "limit": 1})
    for _ in range(3):
        client.post(f"{LIMITS}/decrement", {"names": ["a"], "slots": 1, "occupancy_seconds": 1.7e308})
    client.post(f"{LIMITS}/increment", {"names": ["a"], "slots": 1})

    said = client.post(f"{LIMITS}/increment", {"names": ["a"], "slots": 1})
    assert said.status == 423
    assert 0 < float(said.headers["retry-after"]) <= 30
