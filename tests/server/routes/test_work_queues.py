"""Queues of work pools over REST."""

from __future__ import annotations

import pytest

from tests.server.routes.deploying import NOBODY


@pytest.fixture
def pool(deployer):
    return deployer.pool()


@pytest.fixture
def priorities(deployer, pool):
    """What each queue's priority is, by name, in order."""

    def read():
        return {queue["name"]: queue["priority"] for queue in deployer.ok("POST", "/work_pools/pool/queues/filter", {})}

    return read


def test_priorities_step_back_for_who_comes(client, deployer, priorities):
    for name, priority in (("q1", None), ("q2", 1), ("q3", 2), ("q4", 10), ("q5", None)):
        deployer.queue(name, priority=priority)

    assert list(priorities().items()) == [("q2", 1), ("q3", 2), ("default", 3), ("q1", 4), ("q5", 5), ("q4", 10)]
    deployer.ok("PATCH", "/work_pools/pool/queues/q4", {"priority": 1})
    deployer.ok("PATCH", "/work_pools/pool/queues/q5", {"priority": 50})
    assert list(priorities().items()) == [("q4", 1), ("q2", 2), ("q3", 3), ("default", 4), ("q1", 5), ("q5", 50)]
    deployer.ok("PATCH", "/work_pools/pool/queues/q2", {"priority": 2})
    assert priorities()["q2"] == 2
    deployer.ok("DELETE", "/work_pools/pool/queues/q2")
    assert deployer.queue("q6")["priority"] == 2


def test_a_queue_is_made_changed_and_deleted(client, deployer, pool):
    made = deployer.queue("one", description="d", concurrency_limit=2, is_paused=True)
    path = "/api/work_pools/pool/queues/one"

    assert client.get(path).body == made
    assert (made["work_pool_id"], made["work_pool_name"]) == (pool["id"], "pool")
    assert (made["status"], made["active_slots"]) == ("PAUSED", 0)
    assert client.patch(path, {"name": "two", "description": None, "is_paused": False}).status == 204
    assert client.get(path).status == 404
    changed = client.get(f"/api/work_queues/{made['id']}").body
    assert (changed["name"], changed["description"], changed["status"]) == ("two", None, "NOT_READY")
    assert client.patch("/api/work_pools/pool/queues/two", {"name": "default"}).status == 409
    assert client.patch("/api/work_pools/pool/queues/two", {"name": None, "priority": None}).status == 204
    assert client.post("/api/work_pools/pool/queues", {"name": "two"}).status == 409
    assert client.delete("/api/work_pools/pool/queues/two").status == 204
    assert client.delete("/api/work_pools/pool/queues/two").status == 404


def test_the_default_queue_stays_with_its_pool(client, pool):
    said = client.delete("/api/work_pools/pool/queues/default")

    assert said.status == 409
    assert "default" in said.body["detail"]
    assert client.get("/api/work_pools/pool/queues/default").status == 200


def test_what_is_not_there_is_refused(client, pool):
    assert client.post("/api/work_pools/nowhere/queues", {"name": "q"}).status == 404
    assert client.post("/api/work_pools/nowhere/queues/filter", {}).status == 404
    assert client.get("/api/work_pools/nowhere/queues/default").status == 404
    assert client.patch("/api/work_pools/pool/queues/nowhere", {"priority": 1}).status == 404
    assert client.get(f"/api/work_queues/{NOBODY}").status == 404
    assert client.patch(f"/api/work_queues/{NOBODY}", {"priority": 1}).status == 404
    assert client.delete(f"/api/work_queues/{NOBODY}").status == 404
    assert client.get("/api/work_queues/name/nowhere").status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "a%b"}, "name"),
        ({"name": "a", "priority": 0}, "priority"),
        ({"name": "a", "priority": 2**31}, "priority"),
        ({"name": "a", "concurrency_limit": -1}, "concurrency_limit"),
        ({"name": "a", "colour": 1}, "colour"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(client, pool, body, field):
    said = client.post("/api/work_pools/pool/queues", body)

    assert said.status == 422
    assert field in str(said.body["exception_detail"])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, ["default", "alpha", "beta"]),
        ({"name": {"any_": ["beta", "delta"]}}, ["beta"]),
        ({"name": {"startswith_": ["al", "de"]}}, ["default", "alpha"]),
        ({"name": {"startswith_": []}}, []),
        ({"id": {"any_": [NOBODY]}}, []),
        ({"operator": "or_", "id": {"any_": [NOBODY]}, "name": {"any_": ["beta"]}}, ["beta"]),
    ],
)
def test_queues_are_found_by_filter(client, deployer, pool, wanted, found):
    for name in ("alpha", "beta"):
        deployer.queue(name)
    said = client.post("/api/work_pools/pool/queues/filter", {"work_queues": wanted}).body
    everywhere = client.post("/api/work_queues/filter", {"work_queues": wanted}).body

    assert [queue["name"] for queue in said] == found
    assert [queue["name"] for queue in everywhere] == sorted(found)


def test_queues_of_agents_are_in_a_pool_of_their_own(client):
    made = client.post("/api/work_queues/", {"name": "old", "filter": {"tags": ["a"]}})

    assert made.status == 201
    assert made.body["work_pool_name"] == "default-agent-pool"
    assert made.body["filter"] == {"tags": ["a"], "deployment_ids": None}
    assert client.post("/api/work_queues/", {"name": "old"}).status == 409
    assert client.get("/api/work_queues/name/old").body == made.body
    assert client.patch(f"/api/work_queues/{made.body['id']}", {"is_paused": True}).status == 204
    assert client.get(f"/api/work_queues/{made.body['id']}").body["status"] == "PAUSED"
    assert client.delete(f"/api/work_queues/{made.body['id']}").status == 204
