"""Runs of deployments over REST: made, and looked for by runners."""

from __future__ import annotations

import pytest

from tests.server.routes.deploying import NOBODY, SCHEMA


@pytest.fixture
def deployment(deployer):
    deployer.pool()
    return deployer.deployment(
        work_pool_name="pool",
        parameters={"x": 1},
        parameter_openapi_schema=SCHEMA,
        tags=["t"],
        labels={"own": 1},
        version="v1",
    )


@pytest.fixture
def path(deployment):
    return f"/api/deployments/{deployment['id']}"


def test_a_run_takes_from_its_deployment_what_it_does_not_say(client, deployment, path):
    said = client.post(f"{path}/create_flow_run", {"parameters": {"y": "z"}, "tags": ["u", "t"], "labels": {"mine": 2}})

    assert said.status == 201
    run = said.body
    assert run["state_type"] == "SCHEDULED"
    assert run["parameters"] == {"x": 1, "y": "z"}
    assert run["tags"] == ["t", "u"]
    assert run["labels"]["own"] == 1
    assert run["labels"]["mine"] == 2
    assert run["labels"]["prefect.deployment.id"] == deployment["id"]
    assert run["deployment_id"] == deployment["id"]
    assert run["deployment_version"] == "v1"
    assert (run["work_pool_name"], run["work_queue_name"]) == ("pool", "default")
    assert run["next_scheduled_start_time"] is not None
    assert run["name"]
    assert run["auto_scheduled"] is False
    assert client.get(f"/api/flow_runs/{run['id']}").body["parameters"] == run["parameters"]


def test_a_run_may_have_a_name_a_state_and_a_queue_of_its_own(client, deployer, path):
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2090-01-01T00:00:00Z"}}
    run = client.post(f"{path}/create_flow_run", {"name": "mine", "state": later, "work_queue_name": "other"}).body

    assert run["name"] == "mine"
    assert run["next_scheduled_start_time"] == "2090-01-01T00:00:00Z"
    assert run["work_queue_name"] == "other"
    assert deployer.ok("GET", "/work_pools/pool/queues/other")["id"] == run["work_queue_id"]
    assert client.post(f"{path}/create_flow_run", {"state": {"type": "PENDING"}}).body["state_type"] == "PENDING"


def test_parameters_are_held_against_the_schema(client, path):
    refused = client.post(f"{path}/create_flow_run", {"parameters": {"x": "no"}})
    assert refused.status == 409
    assert "x" in refused.body["detail"]
    lax = {"parameters": {"x": "no"}, "enforce_parameter_schema": False}
    assert client.post(f"{path}/create_flow_run", lax).status == 201
    client.patch(path, {"parameters": {}})
    missing = client.post(f"{path}/create_flow_run", {})
    assert missing.status == 409
    assert "x: is required" in missing.body["detail"]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"type": "nonsense"},
        {"properties": {"x": {"$ref": "#/definitions/absent"}}},
        {"$ref": "file:///etc/passwd"},
    ],
)
def test_a_schema_fetches_nothing_and_breaks_nothing(client, deployer, schema):
    deployment = deployer.deployment(parameter_openapi_schema=schema, parameters={"x": 1})

    said = client.post(f"/api/deployments/{deployment['id']}/create_flow_run", {})
    assert said.status == 409
    assert "schema" in said.body["detail"]


def test_a_key_makes_one_run(client, deployer, deployment, path):
    first = client.post(f"{path}/create_flow_run", {"idempotency_key": "k"})
    again = client.post(f"{path}/create_flow_run", {"idempotency_key": "k", "parameters": {"x": 2}})

    assert (first.status, again.status) == (201, 200)
    assert first.body["id"] == again.body["id"]
    assert len(deployer.runs(deployment)) == 1


def test_many_runs_are_made_each_for_itself(client, deployer, deployment, path):
    said = client.post(
        f"{path}/create_flow_run/bulk",
        [{"name": "good"}, {"parameters": {"x": []}}, {"name": "also"}, {"state": {"type": "SCHEDULED"}}],
    )

    assert said.status == 200
    assert [result["status"] for result in said.body["results"]] == ["CREATED", "FAILED", "CREATED", "CREATED"]
    assert "x" in said.body["results"][1]["error"]
    assert {run["id"] for run in deployer.runs(deployment)} == {
        result["flow_run_id"] for result in said.body["results"] if result["flow_run_id"]
    }
    assert client.post(f"{path}/create_flow_run/bulk", []).body == {"results": []}
    assert client.post(f"/api/deployments/{NOBODY}/create_flow_run/bulk", [{}]).status == 404
    assert client.post(f"/api/deployments/{NOBODY}/create_flow_run", {}).status == 404
    assert client.post(f"{path}/create_flow_run", {"colour": 1}).status == 422


def test_runners_look_for_runs_of_their_deployments(client, deployer, deployment, path):
    other = deployer.deployment("other", flow_id=deployment["flow_id"])
    late = deployer.run(deployment, name="late")
    early_state = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2000-01-01T00:00:00Z"}}
    early = deployer.run(other, name="early", state=early_state)
    far_state = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2099-01-01T00:00:00Z"}}
    deployer.run(other, name="far", state=far_state)
    running = deployer.run(other, name="running")
    client.post(f"/api/flow_runs/{running['id']}/set_state", {"state": {"type": "PENDING"}})
    asked = {"deployment_ids": [deployment["id"], other["id"], NOBODY], "scheduled_before": "2098-01-01T00:00:00Z"}

    found = client.post("/api/deployments/get_scheduled_flow_runs", asked).body
    assert [run["id"] for run in found] == [early["id"], late["id"]]
    assert client.post("/api/deployments/get_scheduled_flow_runs", asked | {"limit": 1}).body == found[:1]
    assert client.get(path).body["status"] == "READY"
    assert client.get(path).body["last_polled"] is not None
    client.clock.sleep(61)
    assert client.get(path).body["status"] == "NOT_READY"
    assert client.post("/api/deployments/get_scheduled_flow_runs", {}).status == 422


def test_the_queue_of_a_deployment_is_told(client, deployer, deployment, path):
    (queue,) = client.get(f"{path}/work_queue_check").body
    assert queue["id"] == deployment["work_queue_id"]
    bare = deployer.deployment("bare", flow_id=deployment["flow_id"])
    assert client.get(f"/api/deployments/{bare['id']}/work_queue_check").body == []
    assert client.get(f"/api/deployments/{NOBODY}/work_queue_check").status == 404


def test_a_deployment_is_ready_while_its_queue_is_polled(client, deployer, path):
    assert client.get(path).body["status"] == "NOT_READY"
    deployer.handed_out()
    assert client.get(path).body["status"] == "READY"
    client.clock.sleep(61)
    assert client.get(path).body["status"] == "NOT_READY"


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_times_at_the_ends_of_time_break_nothing(client, path, moment):
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": moment}}

    assert client.post(f"{path}/create_flow_run", {"state": state}).status == 201
    asked = {"scheduled_before": moment, "scheduled_after": moment}
    assert client.post("/api/work_pools/pool/get_scheduled_flow_runs", asked).status == 200


def test_parameters_are_filled_in(client, deployer, path):
    deployer.ok("POST", "/variables/", {"name": "limit", "value": 7})
    said = {"x": {"__prefect_kind": "workspace_variable", "variable_name": "limit"}}

    assert client.post(f"{path}/create_flow_run", {"parameters": said}).body["parameters"] == {"x": 7}
    said["x"]["variable_name"] = "absent"
    refused = client.post(f"{path}/create_flow_run", {"parameters": said})
    assert refused.status == 422
    assert "absent" in refused.body["detail"]
