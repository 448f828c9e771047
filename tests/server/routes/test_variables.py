"""Variables over REST."""

from __future__ import annotations

import pytest


def names(said):
    return [variable["name"] for variable in said.body]


def test_a_variable_is_made_read_changed_and_deleted(client):
    made = client.post("/api/variables/", {"name": "limits", "value": {"rows": [1, 2.5, None]}, "tags": ["a"]})

    assert made.status == 201
    assert made.body["value"] == {"rows": [1, 2.5, None]}
    assert client.get(f"/api/variables/{made.body['id']}").body == made.body
    assert client.patch("/api/variables/name/limits", {"value": None}).status == 204
    changed = client.get("/api/variables/name/limits").body
    assert changed["value"] is None
    assert changed["tags"] == ["a"]
    assert client.delete(f"/api/variables/{made.body['id']}").status == 204
    assert client.get("/api/variables/name/limits").status == 404


def test_a_name_is_given_once(client):
    client.post("/api/variables/", {"name": "one", "value": 1})
    other = client.post("/api/variables/", {"name": "two", "value": 2}).body

    assert client.post("/api/variables/", {"name": "one", "value": 3}).status == 409
    assert client.patch(f"/api/variables/{other['id']}", {"name": "one"}).status == 409
    assert client.get("/api/variables/name/one").body["value"] == 1


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, ["alpha", "beta", "gamma"]),
        ({"name": {"any_": ["beta", "delta"]}}, ["beta"]),
        ({"name": {"like_": "MM"}}, ["gamma"]),
        ({"tags": {"all_": ["x", "y"]}}, ["alpha"]),
        ({"tags": {"all_": ["x"]}}, ["alpha", "beta"]),
        ({"tags": {"is_null_": True}}, ["gamma"]),
        ({"operator": "or_", "tags": {"is_null_": True}, "name": {"any_": ["beta"]}}, ["beta", "gamma"]),
        ({"name": {"any_": []}}, []),
        ({"name": {"like_": "%"}}, []),
    ],
)
def test_variables_are_found_by_filter(client, wanted, found):
    for name, tags in (("alpha", ["x", "y"]), ("beta", ["x"]), ("gamma", [])):
        client.post("/api/variables/", {"name": name, "value": 0, "tags": tags})

    assert names(client.post("/api/variables/filter", {"variables": wanted})) == found
    assert client.post("/api/variables/count", {"variables": wanted}).body == len(found)


def test_pages_and_orders(client):
    for name in "cab":
        client.clock.sleep(1)
        client.post("/api/variables/", {"name": name, "value": 0})

    assert names(client.post("/api/variables/filter", {"sort": "NAME_DESC"})) == ["c", "b", "a"]
    assert names(client.post("/api/variables/filter", {"sort": "CREATED_DESC"})) == ["b", "a", "c"]
    assert names(client.post("/api/variables/filter", {"limit": 1, "offset": 1})) == ["b"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"value": 1}, ["body", "name"]),
        ({"name": 1, "value": 1}, ["body", "name"]),
        ({"name": "Has Space", "value": 1}, ["body", "name"]),
        ({"name": "", "value": 1}, ["body", "name"]),
        ({"name": "a", "value": "x" * 4999}, ["body", "value"]),
        ({"name": "a", "value": 1, "size": 2}, ["body", "size"]),
        ({"name": "a", "value": 1, "tags": [1]}, ["body", "tags"]),
        (b"{", ["body"]),
        (b"[" * 100_000, ["body"]),
        (b'{"name": "a\\u0000b", "value": 1}', ["body"]),
        (b'{"name": "\\ud800", "value": 1}', ["body"]),
        (b"", ["body"]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, body, where):
    said = client.post("/api/variables/", body)

    assert said.status == 422
    assert said.body["exception_detail"][0]["loc"][: len(where)] == where
    assert client.post("/api/variables/count").body == 0


def test_what_is_changed_is_looked_at_too(client):
    client.post("/api/variables/", {"name": "a", "value": "x" * 4998})

    assert client.patch("/api/variables/name/a", {"name": "A"}).status == 422
    assert client.patch("/api/variables/name/a", {"value": ["x" * 4998]}).status == 422
    assert client.get("/api/variables/name/a").body["value"] == "x" * 4998
