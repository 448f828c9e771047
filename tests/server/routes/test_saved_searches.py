"""Saved searches over REST."""

from __future__ import annotations

ROOT = "/api/saved_searches"
CONDITION = {"object": "flow", "property": "name", "type": "string", "operation": "eq", "value": [1]}


def test_a_search_is_saved_replaced_and_deleted(client):
    made = client.put(f"{ROOT}/", {"name": "mine", "filters": [CONDITION]})
    client.clock.sleep(1)
    again = client.put(f"{ROOT}/", {"name": "mine", "filters": []})

    assert (made.status, again.status) == (201, 200)
    assert made.body["filters"] == [CONDITION]
    assert (again.body["id"], again.body["filters"]) == (made.body["id"], [])
    assert again.body["updated"] > made.body["updated"]
    assert client.get(f"{ROOT}/{made.body['id']}").body == again.body
    assert client.delete(f"{ROOT}/{made.body['id']}").status == 204
    assert client.get(f"{ROOT}/{made.body['id']}").status == 404
    assert client.delete(f"{ROOT}/{made.body['id']}").status == 404


def test_pages(client):
    for name in "cab":
        client.put(f"{ROOT}/", {"name": name})

    assert [one["name"] for one in client.post(f"{ROOT}/filter").body] == ["a", "b", "c"]
    assert [one["name"] for one in client.post(f"{ROOT}/filter", {"limit": 1, "offset": 2}).body] == ["c"]


def test_what_does_not_fit_is_refused(client):
    for body in ({}, {"name": 1}, {"name": "a", "filters": [{"object": "flow"}]}, {"name": "a", "x": 1}):
        assert client.put(f"{ROOT}/", body).status == 422
