"""Work pools, their queues and workers over REST."""

from __future__ import annotations

import pytest

TEMPLATE = {
    "job_configuration": {"command": "{{ command }}", "env": ["{{ $HOME }}"]},
    "variables": {
        "type": "object",
        "properties": {"command": {"type": "string"}, "cpus": {"type": "integer", "default": 1}},
        "required": ["command"],
    },
}


@pytest.fixture
def pool(client):
    return client.post("/api/work_pools/", {"name": "pool", "type": "process", "base_job_template": TEMPLATE}).body


def queues(client):
    return {queue["name"]: queue["priority"] for queue in client.post("/api/work_pools/pool/queues/filter", {}).body}


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
