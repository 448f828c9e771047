"""Work pools over REST."""

from __future__ import annotations

import pytest

from tests.server.routes.deploying import TEMPLATE


@pytest.fixture
def pool(deployer):
    return deployer.pool(base_job_template=TEMPLATE)


def names(said):
    return [one["name"] for one in said.body]


def test_a_pool_is_made_with_its_default_queue(client, pool):
    assert pool["status"] == "NOT_READY"
    assert pool["base_job_template"] == TEMPLATE
    assert client.get("/api/work_pools/pool").body == pool
    queue = client.get("/api/work_pools/pool/queues/default").body
    assert queue["id"] == pool["default_queue_id"]
    assert queue["priority"] == 1
    assert queue["work_pool_name"] == "pool"
    assert client.post("/api/work_pools/", {"name": "pool"}).status == 409
    assert client.delete("/api/work_pools/pool").status == 204
    assert client.get("/api/work_pools/pool").status == 404
    assert client.get(f"/api/work_queues/{queue['id']}").status == 404


def test_a_pool_is_changed(client, pool):
    block = "018bcfe5-6800-7df4-9293-217924dda351"
    changes = {
        "description": "for nights",
        "concurrency_limit": 3,
        "storage_configuration": {"default_result_storage_block_id": block},
    }
    assert client.patch("/api/work_pools/pool", changes).status == 204
    changed = client.get("/api/work_pools/pool").body
    assert (changed["description"], changed["concurrency_limit"], changed["active_slots"]) == ("for nights", 3, 0)
    assert changed["storage_configuration"]["default_result_storage_block_id"] == block
    assert client.patch("/api/work_pools/pool", {"concurrency_limit": None, "is_paused": None}).status == 204
    changed = client.get("/api/work_pools/pool").body
    assert (changed["concurrency_limit"], changed["active_slots"], changed["is_paused"]) == (None, None, False)
    assert client.patch("/api/work_pools/nowhere", {"is_paused": True}).status == 404
    assert client.delete("/api/work_pools/nowhere").status == 404


@pytest.mark.parametrize("name", ["prefect-pool", "Prefect", "tidemill-managed"])
def test_reserved_names_are_refused(client, name):
    assert client.post("/api/work_pools/", {"name": name}).status == 403
    assert client.delete(f"/api/work_pools/{name}").status == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "a", "colour": 1}, "colour"),
        ({"name": "a", "concurrency_limit": -1}, "concurrency_limit"),
        ({"name": "a", "base_job_template": {"variables": {}}}, "base_job_template"),
        ({"name": "a", "base_job_template": TEMPLATE | {"job_configuration": {"x": "{{ y }}"}}}, "base_job_template"),
        ({"name": "a", "storage_configuration": {"default_result_storage_block_id": "no"}}, "storage_configuration"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(client, body, field):
    said = client.post("/api/work_pools/", body)

    assert said.status == 422
    assert field in str(said.body["exception_detail"])
    assert client.post("/api/work_pools/count", {}).body == 0


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, ["alpha", "beta"]),
        ({"name": {"any_": ["beta", "delta"]}}, ["beta"]),
        ({"type": {"any_": ["process"]}}, ["alpha"]),
        ({"operator": "or_", "name": {"any_": ["beta"]}, "type": {"any_": ["process"]}}, ["alpha", "beta"]),
        ({"name": {"any_": ["beta"]}, "type": {"any_": ["process"]}}, []),
    ],
)
def test_pools_are_found_by_filter(client, deployer, wanted, found):
    deployer.pool("alpha", type="process")
    deployer.pool("beta", type="docker")

    assert names(client.post("/api/work_pools/filter", {"work_pools": wanted})) == found
    assert client.post("/api/work_pools/count", {"work_pools": wanted}).body == len(found)
    assert names(client.post("/api/work_pools/filter", {"limit": 1, "offset": 1})) == ["beta"]


def test_a_pool_is_found_by_id(client, pool):
    assert names(client.post("/api/work_pools/filter", {"work_pools": {"id": {"any_": [pool["id"]]}}})) == ["pool"]


def test_a_pool_is_ready_while_a_worker_is_there(client, deployer, pool):
    def status():
        return client.get("/api/work_pools/pool").body["status"]

    beat = {"name": "worker", "heartbeat_interval_seconds": 10}
    deployer.ok("POST", "/work_pools/pool/workers/heartbeat", beat)
    assert status() == "READY"
    client.clock.sleep(31)
    assert status() == "NOT_READY"
    deployer.ok("POST", "/work_pools/pool/workers/heartbeat", beat)
    deployer.ok("PATCH", "/work_pools/pool", {"is_paused": True})
    assert status() == "PAUSED"
    deployer.pool("agents", type="prefect-agent")
    assert client.get("/api/work_pools/agents").body["status"] is None
