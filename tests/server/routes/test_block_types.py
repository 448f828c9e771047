"""Types of blocks and their schemas over REST."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.server.routes.blocks import INNER, OUTER, a_schema, a_type
from tests.server.routes.runs import where

TYPES, SCHEMAS = "/api/block_types", "/api/block_schemas"


def test_a_type_is_registered_read_changed_and_deleted(client):
    made = a_type(client, "inner", description="d")

    assert made["is_protected"] is False
    assert client.get(f"{TYPES}/{made['id']}").body == client.get(f"{TYPES}/slug/inner").body == made
    assert where(client.patch(f"{TYPES}/{made['id']}", {"logo_url": "no address"})) == [["body", "logo_url"]]
    assert where(client.post(f"{TYPES}/", {"name": "X", "slug": "x", "documentation_url": "x.y"})) == [
        ["body", "documentation_url"]
    ]
    assert client.patch(f"{TYPES}/{made['id']}", {"logo_url": "https://x/y.png"}).status == 204
    changed = client.get(f"{TYPES}/slug/inner").body
    assert (changed["logo_url"], changed["description"]) == ("https://x/y.png", "d")
    assert client.delete(f"{TYPES}/{made['id']}").status == 204
    assert [client.request(m, f"{TYPES}/{made['id']}", {}).status for m in ("GET", "PATCH", "DELETE")] == [404] * 3
    assert client.get(f"{TYPES}/slug/inner").status == 404


def test_slugs_are_given_once_and_some_names_not_at_all(client):
    a_type(client, "inner")

    assert client.post(f"{TYPES}/", {"name": "Other", "slug": "inner"}).status == 409
    for name in ("Prefect Thing", "tidemill thing"):
        assert client.post(f"{TYPES}/", {"name": name, "slug": "x"}).status == 403
    assert client.post(f"{TYPES}/", {"name": "a/b", "slug": "x"}).status == 422
    for slug in ("", "A", "a b", "a_b"):
        assert where(client.post(f"{TYPES}/", {"name": "ab", "slug": slug})) == [["body", "slug"]]
    assert client.post(f"{TYPES}/", {"name": "a"}).status == 422


def test_a_schema_is_known_by_the_checksum_that_clients_reckon(client):
    block_type = a_type(client, "inner")
    body = {"fields": INNER, "block_type_id": block_type["id"], "capabilities": ["c"], "version": "v1"}
    made = client.post(f"{SCHEMAS}/", body)

    assert made.status == 201
    assert made.body["checksum"] == "sha256:94d266a9ecf10e1c53d8248aa5a5f252ec62d5b21ffe26d603be564541eb1d1b"
    assert (made.body["fields"], made.body["block_type"]) == (INNER, block_type)
    again = client.post(f"{SCHEMAS}/", body)
    assert (again.status, again.body) == (200, made.body)
    assert client.post(f"{SCHEMAS}/", body | {"version": "v2"}).status == 201
    assert client.get(f"{SCHEMAS}/{made.body['id']}").body == made.body


def test_the_newest_of_a_checksum_or_that_of_a_version(client):
    block_type = a_type(client, "inner")
    old = a_schema(client, block_type, INNER, version="v1")
    client.clock.sleep(1)
    new = a_schema(client, block_type, INNER, version="v2")
    path = f"{SCHEMAS}/checksum/{old['checksum']}"

    assert client.get(path).body == new
    assert client.get(f"{path}?version=v1").body == old
    assert client.get(f"{path}?version=v3").status == 404
    assert client.get(f"{SCHEMAS}/checksum/x").status == 404
    assert client.get(f"{path}?version=").status == 404  # no version is called nothing


def test_schemas_that_are_referred_to_are_registered_with_it(client):
    a_type(client, "inner")
    outer = a_schema(client, a_type(client, "outer"), OUTER)

    assert outer["checksum"] == "sha256:6cd6701b1f94824846ab88d2f4e5af248d2e221524a4d29e5489b9edfef657e2"
    child = OUTER["block_schema_references"]["child"]["block_schema_checksum"]
    assert client.get(f"{SCHEMAS}/checksum/{child}").body["block_type"]["slug"] == "inner"
    assert outer["fields"] == OUTER


def test_a_schema_of_a_type_that_nobody_registered(client):
    block_type = a_type(client, "outer")

    said = client.post(f"{SCHEMAS}/", {"fields": OUTER, "block_type_id": block_type["id"]})
    assert said.status == 409
    assert "register that type first" in said.body["detail"]
    assert client.post(f"{SCHEMAS}/", {"fields": INNER, "block_type_id": str(uuid4())}).status == 404
    assert client.post(f"{SCHEMAS}/filter").body == []


@pytest.mark.parametrize(
    ("types", "schemas", "found"),
    [
        (None, None, ["inner", "outer"]),
        ({"name": {"like_": "NNE"}}, None, ["inner"]),
        ({"slug": {"any_": ["outer", "x"]}}, None, ["outer"]),
        (None, {"block_capabilities": {"all_": ["a"]}}, ["inner", "outer"]),
        (None, {"block_capabilities": {"all_": ["a", "b"]}}, ["outer"]),
        ({"slug": {"any_": ["inner"]}}, {"version": {"any_": ["v9"]}}, []),
    ],
)
def test_types_are_found_by_filter(client, types, schemas, found):
    a_schema(client, a_type(client, "inner"), INNER, capabilities=["a"])
    a_schema(client, a_type(client, "outer"), OUTER, capabilities=["a", "b"])

    said = client.post(f"{TYPES}/filter", {"block_types": types, "block_schemas": schemas})
    assert [one["slug"] for one in said.body] == found
    assert client.get("/api/block_capabilities/").body == ["a", "b"]


def test_schemas_are_found_by_filter(client):
    inner = a_type(client, "inner")
    one = a_schema(client, inner, INNER, capabilities=["a"], version="v1")
    client.clock.sleep(1)
    two = a_schema(client, a_type(client, "outer"), OUTER, capabilities=["b"])

    def ids(wanted, **more):
        said = client.post(f"{SCHEMAS}/filter", {"block_schemas": wanted} | more)
        return [schema["id"] for schema in said.body]

    assert ids(None) == [two["id"], one["id"]]
    assert ids(None, limit=1, offset=1) == [one["id"]]
    assert ids({"block_type_id": {"any_": [inner["id"]]}}) == [one["id"]]
    assert ids({"block_capabilities": {"all_": ["b"]}}) == [two["id"]]
    assert ids({"id": {"any_": [one["id"]]}}) == ids({"version": {"any_": ["v1"]}}) == [one["id"]]
    assert len(ids({"operator": "or_", "version": {"any_": ["v1"]}, "id": {"any_": [two["id"]]}})) == 2


def test_what_came_with_the_server_stays(client):
    assert client.post(f"{TYPES}/install_system_block_types").status == 200
    assert client.post(f"{TYPES}/install_system_block_types").status == 200
    secret = client.get(f"{TYPES}/slug/secret").body

    assert secret["is_protected"] is True
    assert client.delete(f"{TYPES}/{secret['id']}").status == 403
    (schema,) = client.post(f"{SCHEMAS}/filter", {"block_schemas": {"block_type_id": {"any_": [secret["id"]]}}}).body
    assert client.delete(f"{SCHEMAS}/{schema['id']}").status == 403
    assert "write-path" in client.get("/api/block_capabilities/").body


def test_a_schema_is_deleted(client):
    schema = a_schema(client, a_type(client, "inner"), INNER)

    assert client.delete(f"{SCHEMAS}/{schema['id']}").status == 204
    assert client.delete(f"{SCHEMAS}/{schema['id']}").status == 404
    assert client.get(f"{SCHEMAS}/{schema['id']}").status == 404
