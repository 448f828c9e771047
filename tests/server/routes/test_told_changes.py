"""Events about deployments, work pools and queues."""

from __future__ import annotations

import pytest


@pytest.fixture
def told(client):
    """The events so far, the oldest first: name, resource and payload."""

    def read(prefix):
        body = {"filter": {"event": {"prefix": [prefix]}, "order": "ASC"}, "limit": 50}
        return client.post("/api/events/filter", body).body["events"]

    return read


def test_what_becomes_of_a_deployment_is_told(client, deployer, told):
    deployer.pool()
    deployment = deployer.deployment(work_pool_name="pool", tags=["a"])
    path = f"/deployments/{deployment['id']}"
    client.clock.sleep(1)
    deployer.ok("PATCH", path, {"tags": ["b"]})
    client.clock.sleep(1)
    deployer.ok("PATCH", path, {"tags": ["b"]})
    deployer.ok("POST", f"{path}/pause_deployment", {})
    client.clock.sleep(1)
    deployer.ok("DELETE", path)

    events = told("prefect.deployment.")
    assert [event["event"].rpartition(".")[2] for event in events] == ["created", "updated", "updated", "deleted"]
    assert {event["resource"]["prefect.resource.id"] for event in events} == {f"prefect.deployment.{deployment['id']}"}
    assert events[0]["resource"]["prefect.resource.name"] == "deployment"
    assert {one["prefect.resource.role"] for one in events[0]["related"]} == {"flow", "work-queue"}
    assert events[1]["payload"] == {"updated_fields": ["tags"], "updates": {"tags": {"from": ["a"], "to": ["b"]}}}
    assert events[2]["payload"]["updated_fields"] == ["paused"]


def test_what_becomes_of_a_pool_and_its_queues_is_told(client, deployer, told):
    pool = deployer.pool()
    queue = deployer.queue("one")
    for path, change in (
        ("/work_pools/pool", {"concurrency_limit": 2}),
        ("/work_pools/pool/queues/one", {"priority": 1}),
    ):
        client.clock.sleep(1)
        deployer.ok("PATCH", path, change)
    client.clock.sleep(1)
    deployer.ok("DELETE", "/work_pools/pool/queues/one")
    deployer.ok("DELETE", "/work_pools/pool")

    of_pool, of_queue = told("prefect.work-pool."), told("prefect.work-queue.")
    assert [event["event"].rpartition(".")[2] for event in of_pool] == ["created", "updated", "deleted"]
    assert [event["event"].rpartition(".")[2] for event in of_queue] == ["created", "updated", "deleted"]
    assert of_pool[0]["resource"] == {
        "prefect.resource.id": f"prefect.work-pool.{pool['id']}",
        "prefect.resource.name": "pool",
        "prefect.resource.role": "work-pool",
        "prefect.work-pool.type": "process",
    }
    assert of_queue[0]["resource"]["prefect.resource.id"] == f"prefect.work-queue.{queue['id']}"
    assert of_queue[1]["payload"]["updates"]["priority"] == {"from": 2, "to": 1}


def test_what_is_refused_is_not_told(client, deployer, told):
    deployer.pool()
    client.post("/api/work_pools/", {"name": "pool"})
    client.delete("/api/work_pools/pool/queues/default")

    assert len(told("prefect.work-")) == 1
