"""Runs handed out by work pools over REST."""

from __future__ import annotations

import pytest

from tests.server.routes.deploying import NOBODY

NOW = 1_700_000_000


def at(second: int) -> dict[str, object]:
    """A state that is due then."""
    moment = f"2023-01-01T00:00:{second:02}Z"
    return {"type": "SCHEDULED", "state_details": {"scheduled_time": moment}}


@pytest.fixture
def deployment(deployer):
    deployer.pool()
    deployer.queue("urgent", priority=1)
    return deployer.deployment(work_pool_name="pool")


def test_by_priority_of_the_queue_then_by_time(deployer, deployment):
    deployer.run(deployment, name="second", state=at(2))
    deployer.run(deployment, name="first", state=at(1))
    deployer.run(deployment, name="urgent", state=at(9), work_queue_name="urgent")

    assert deployer.handed_out() == ["urgent", "first", "second"]
    assert deployer.handed_out(limit=2) == ["urgent", "first"]
    assert deployer.handed_out(work_queue_names=["default"]) == ["first", "second"]
    assert deployer.handed_out(scheduled_before="2023-01-01T00:00:02Z") == ["first", "second"]
    assert deployer.handed_out(scheduled_after="2023-01-01T00:00:02Z") == ["urgent", "second"]


def test_a_run_says_where_it_comes_from(client, deployer, deployment):
    run = deployer.run(deployment, name="one", parameters={"x": [1]})
    (found,) = client.post("/api/work_pools/pool/get_scheduled_flow_runs", {}).body

    assert found["work_queue_id"] == run["work_queue_id"]
    assert found["work_pool_id"] == run["work_pool_id"]
    assert found["flow_run"]["id"] == run["id"]
    assert found["flow_run"]["parameters"] == {"x": [1]}
    assert found["flow_run"]["state"]["type"] == "SCHEDULED"
    assert "work_pool_name" not in found["flow_run"]


def test_what_somebody_took_is_not_handed_out_again(client, deployer, deployment):
    run = deployer.run(deployment, name="one")
    assert deployer.handed_out() == deployer.handed_out() == ["one"]

    taken = client.post(f"/api/flow_runs/{run['id']}/set_state", {"state": {"type": "PENDING"}})
    assert taken.body["status"] == "ACCEPT"
    assert deployer.handed_out() == []


def test_paused_pools_and_queues_give_nothing(client, deployer, deployment):
    deployer.run(deployment, name="calm")
    deployer.run(deployment, name="urgent", work_queue_name="urgent")

    client.patch("/api/work_pools/pool/queues/urgent", {"is_paused": True})
    assert deployer.handed_out() == ["calm"]
    client.patch("/api/work_pools/pool", {"is_paused": True})
    assert deployer.handed_out() == []
    client.patch("/api/work_pools/pool", {"is_paused": False})
    assert deployer.handed_out() == ["calm"]


def test_limits_of_the_pool_and_of_its_queues_hold(client, deployer, deployment):
    for number in range(3):
        deployer.run(deployment, name=f"calm-{number}", state=at(number))
        deployer.run(deployment, name=f"urgent-{number}", state=at(number), work_queue_name="urgent")
    client.patch("/api/work_pools/pool/queues/urgent", {"concurrency_limit": 1})

    assert deployer.handed_out() == ["urgent-0", "calm-0", "calm-1", "calm-2"]
    client.patch("/api/work_pools/pool", {"concurrency_limit": 3})
    assert deployer.handed_out() == ["urgent-0", "calm-0", "calm-1"]
    busy = deployer.run(deployment, name="busy", state={"type": "PENDING"}, work_queue_name="urgent")
    assert deployer.handed_out() == ["calm-0", "calm-1"]
    assert client.get("/api/work_pools/pool").body["active_slots"] == 1
    assert client.get("/api/work_pools/pool/queues/urgent").body["active_slots"] == 1
    client.patch("/api/work_pools/pool", {"concurrency_limit": 0})
    assert deployer.handed_out() == []
    status = client.post("/api/work_pools/pool/concurrency_status", {}).body
    assert (status["active_slots"], status["concurrency_limit"], status["count"]) == (1, 0, 2)
    urgent, calm = status["queues"]
    assert [run["id"] for run in urgent["flow_runs"]] == [busy["id"]]
    assert (urgent["queue_name"], urgent["active_slots"], urgent["concurrency_limit"]) == ("urgent", 1, 1)
    assert (calm["queue_name"], calm["active_slots"], calm["flow_runs"]) == ("default", 0, [])
    of_queue = client.post(f"/api/work_queues/{busy['work_queue_id']}/concurrency_status", {}).body
    assert (of_queue["active_slots"], of_queue["count"], of_queue["pages"]) == (1, 1, 1)
    assert of_queue["flow_runs"][0]["name"] == "busy"


def test_what_is_not_there_is_refused(client, deployer, deployment):
    asked = {"work_queue_names": ["default", "nowhere"]}
    assert client.post("/api/work_pools/nowhere/get_scheduled_flow_runs", {}).status == 404
    assert client.post("/api/work_pools/pool/get_scheduled_flow_runs", asked).status == 404
    assert client.post("/api/work_pools/pool/get_scheduled_flow_runs", {"limit": 201}).status == 422
    assert client.post("/api/work_pools/nowhere/concurrency_status", {}).status == 404
    assert client.post(f"/api/work_queues/{NOBODY}/get_runs", {}).status == 404
    assert client.get(f"/api/work_queues/{NOBODY}/status").status == 404


def test_who_polls_makes_a_queue_ready(client, deployer, deployment):
    def status(name):
        return client.get(f"/api/work_pools/pool/queues/{name}").body["status"]

    deployer.handed_out(work_queue_names=["urgent"])
    assert (status("urgent"), status("default")) == ("READY", "NOT_READY")
    client.clock.sleep(61)
    assert status("urgent") == "NOT_READY"
    client.patch("/api/work_pools/pool/queues/urgent", {"is_paused": True})
    assert status("urgent") == "PAUSED"


def test_an_agent_polls_a_queue_by_its_id(client, deployer, deployment):
    run = deployer.run(deployment, name="one", state=at(1))
    queue = run["work_queue_id"]
    url = f"/api/work_queues/{queue}"

    seen = client.request("POST", f"/api/work_queues/{queue}/get_runs", {}, {"x-prefect-ui": "true"})
    assert [found["id"] for found in seen.body] == [run["id"]]
    assert client.get(url).body["last_polled"] is None
    assert len(client.post(f"{url}/get_runs", {"scheduled_before": "2000-01-01T00:00:00Z"}).body) == 0
    assert client.get(url).body["status"] == "READY"
    assert client.get(f"{url}/status").body["healthy"] is True
    late = {"state": {"type": "SCHEDULED", "name": "Late", "state_details": at(1)["state_details"]}, "force": True}
    client.post(f"/api/flow_runs/{run['id']}/set_state", late)
    health = client.get(f"{url}/status").body
    assert (health["healthy"], health["late_runs_count"]) == (False, 1)
    assert health["health_check_policy"] == {"maximum_late_runs": 0, "maximum_seconds_since_last_polled": 60}


def test_a_deleted_queue_leaves_its_runs_in_none(client, deployer, deployment):
    run = deployer.run(deployment, work_queue_name="urgent")
    assert client.delete("/api/work_pools/pool/queues/urgent").status == 204

    assert client.get(f"/api/flow_runs/{run['id']}").body["work_queue_id"] is None
    assert deployer.handed_out() == []
    assert client.delete("/api/work_pools/pool").status == 204
    assert client.get(f"/api/deployments/{deployment['id']}").body["work_pool_name"] is None


def test_a_null_for_an_argument_is_none(client, deployer, deployment):
    """As clients send what they have no wish about."""
    assert client.post("/api/work_pools/pool/queues/filter", {"offset": None, "limit": None}).status == 200
    assert client.post("/api/deployments/filter", {"sort": None, "offset": None, "deployments": None}).status == 200
    refused = client.post("/api/deployments/get_scheduled_flow_runs", {"deployment_ids": None})
    assert refused.status == 422
    assert "deployment_ids" in refused.body["detail"]
    assert client.post("/api/deployments/filter", {"offset": "x", "sort": None}).status == 422
    assert client.post("/api/work_pools/", {"name": "other", "is_paused": None}).status == 422
