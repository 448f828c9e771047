"""Deployments over REST."""

from __future__ import annotations

import pytest

from tests.server.routes.deploying import NOBODY, SCHEMA, TEMPLATE


def names(said):
    return [one["name"] for one in said]


def test_a_deployment_is_made_read_and_deleted(client, deployer):
    deployer.pool()
    flow = deployer.flow("flow", labels={"team": "data"})
    made = client.post(
        "/api/deployments/",
        {
            "flow_id": flow,
            "name": "nightly",
            "work_pool_name": "pool",
            "work_queue_name": "urgent",
            "parameters": {"x": 1},
            "parameter_openapi_schema": SCHEMA,
            "tags": ["t"],
            "labels": {"own": 2},
            "job_variables": {"command": "run"},
            "pull_steps": [{"step": {}}],
            "entrypoint": "flow.py:flow",
            "version_info": {"type": "git", "version": "abc"},
        },
    )

    assert made.status == 201
    deployment = made.body
    assert deployment["status"] == "NOT_READY"
    assert deployment["work_pool_name"] == "pool"
    assert deployment["work_queue_name"] == "urgent"
    assert deployment["version"] == "abc"
    assert deployment["labels"] == {"team": "data", "prefect.flow.id": flow, "own": 2}
    assert deployment["parameter_openapi_schema"] == SCHEMA
    assert client.get(f"/api/deployments/{deployment['id']}").body == deployment
    assert client.get("/api/deployments/name/flow/nightly").body == deployment
    assert names(deployer.ok("POST", "/work_pools/pool/queues/filter", {})) == ["default", "urgent"]
    assert client.delete(f"/api/deployments/{deployment['id']}").status == 204
    assert client.get(f"/api/deployments/{deployment['id']}").status == 404
    assert client.get("/api/deployments/name/flow/nightly").status == 404
    assert client.delete(f"/api/deployments/{deployment['id']}").status == 404


def test_what_is_posted_again_changes_what_it_says_and_nothing_else(client, deployer):
    deployer.pool()
    body = {"flow_id": deployer.flow(), "name": "one"}
    first = client.post(
        "/api/deployments/",
        body | {"tags": ["a"], "description": "old", "work_pool_name": "pool", "parameters": {"x": 1}},
    )
    client.clock.sleep(1)

    again = client.post("/api/deployments/", body | {"description": "new", "parameters": {}})

    assert (first.status, again.status) == (201, 200)
    assert again.body["id"] == first.body["id"]
    assert again.body["created"] == first.body["created"]
    assert again.body["updated"] > first.body["updated"]
    assert again.body["tags"] == ["a"]
    assert again.body["description"] == "new"
    assert again.body["parameters"] == {}
    assert again.body["work_pool_name"] == "pool"


def test_a_flow_and_a_pool_are_needed(client, deployer):
    assert client.post("/api/deployments/", {"flow_id": NOBODY, "name": "d"}).status == 404
    body = {"flow_id": deployer.flow(), "name": "d", "work_pool_name": "nowhere"}
    assert client.post("/api/deployments/", body).status == 404
    deployment = deployer.deployment(flow_id=body["flow_id"])
    assert client.patch(f"/api/deployments/{deployment['id']}", {"work_pool_name": "nowhere"}).status == 404


def test_a_deployment_is_changed(client, deployer):
    deployer.pool()
    deployment = deployer.deployment(parameters={"x": 1}, parameter_openapi_schema=SCHEMA, description="old")
    path = f"/api/deployments/{deployment['id']}"

    assert client.patch(path, {"parameters": {"x": 5}, "tags": ["b"], "work_pool_name": "pool"}).status == 204
    changed = client.get(path).body
    assert changed["parameters"] == {"x": 5}
    assert changed["tags"] == ["b"]
    assert changed["description"] == "old"
    assert (changed["work_pool_name"], changed["work_queue_name"]) == ("pool", "default")
    assert client.patch(path, {"work_queue_name": "other"}).status == 204
    assert client.get(path).body["work_queue_name"] == "other"
    assert (
        client.patch(path, {"work_pool_name": None, "description": None, "infrastructure_document_id": NOBODY}).status
        == 204
    )
    changed = client.get(path).body
    assert (changed["work_pool_name"], changed["work_queue_name"], changed["description"]) == (None, None, None)
    assert changed["infrastructure_document_id"] == NOBODY
    refused = client.patch(path, {"parameters": {"x": "no"}})
    assert refused.status == 409
    assert "x" in refused.body["detail"]
    assert client.patch(path, {"enforce_parameter_schema": False, "parameters": {"x": "no"}}).status == 204
    assert client.patch(f"/api/deployments/{NOBODY}", {"tags": []}).status == 404


def test_job_variables_are_held_against_the_pool(client, deployer):
    deployer.pool(base_job_template=TEMPLATE)
    body = {"flow_id": deployer.flow(), "name": "d", "work_pool_name": "pool"}

    refused = client.post("/api/deployments/", body | {"job_variables": {"cpus": "two"}})
    assert refused.status == 422
    assert "cpus" in refused.body["detail"]
    made = client.post("/api/deployments/", body | {"job_variables": {"memory": 1}})
    assert made.status == 201
    refused = client.patch(f"/api/deployments/{made.body['id']}", {"job_variables": {"cpus": []}})
    assert refused.status == 409
    assert "cpus" in refused.body["detail"]
    refused = client.post(f"/api/deployments/{made.body['id']}/create_flow_run", {})
    assert refused.status == 422
    assert "command" in refused.body["detail"]
    assert client.patch(f"/api/deployments/{made.body['id']}", {"job_variables": {"command": "go"}}).status == 204
    assert client.post(f"/api/deployments/{made.body['id']}/create_flow_run", {}).status == 201


def test_a_deployment_may_have_a_limit_of_its_own_or_share_one(client, deployer):
    deployment = deployer.deployment(concurrency_limit=2, concurrency_options={"collision_strategy": "CANCEL_NEW"})
    path = f"/api/deployments/{deployment['id']}"

    limit = deployment["global_concurrency_limit"]
    assert (limit["limit"], limit["active_slots"]) == (2, 0)
    assert deployment["concurrency_limit"] is None
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    client.patch(path, {"concurrency_limit": 5})
    changed = client.get(path).body["global_concurrency_limit"]
    assert (changed["id"], changed["limit"]) == (limit["id"], 5)
    found = client.post("/api/deployments/filter", {"deployments": {"concurrency_limit": {"ge_": 5, "le_": 5}}})
    assert names(found.body) == [deployment["name"]]
    other = deployer.deployment("other", flow_id=deployment["flow_id"], global_concurrency_limit_id=limit["id"])
    assert other["global_concurrency_limit"]["id"] == limit["id"]
    client.patch(path, {"concurrency_limit": None})
    assert client.get(path).body["global_concurrency_limit"] is None
    assert client.get(f"/api/deployments/{other['id']}").body["global_concurrency_limit"] is None
    assert client.patch(path, {"global_concurrency_limit_id": NOBODY}).status == 404


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["alpha", "beta", "gamma"]),
        ({"deployments": {"name": {"any_": ["beta", "delta"]}}}, ["beta"]),
        ({"deployments": {"name": {"like_": "MM"}}}, ["gamma"]),
        ({"deployments": {"flow_or_deployment_name": {"like_": "econd"}}}, ["gamma"]),
        ({"deployments": {"flow_or_deployment_name": {"like_": "alp"}}}, ["alpha"]),
        ({"deployments": {"paused": {"eq_": True}}}, ["beta"]),
        ({"deployments": {"tags": {"all_": ["x", "y"]}}}, ["alpha"]),
        ({"deployments": {"tags": {"any_": ["x", "z"]}}}, ["alpha", "beta"]),
        ({"deployments": {"tags": {"is_null_": True}}}, ["gamma"]),
        ({"deployments": {"work_queue_name": {"any_": ["urgent"]}}}, ["beta"]),
        ({"deployments": {"concurrency_limit": {"is_null_": False}}}, ["gamma"]),
        ({"deployments": {"id": {"any_": [NOBODY]}}}, []),
        ({"deployments": {"id": {"not_any_": [NOBODY]}}}, ["alpha", "beta", "gamma"]),
        ({"deployments": {"operator": "or_", "name": {"any_": ["alpha"]}, "paused": {"eq_": True}}}, ["alpha", "beta"]),
        ({"flows": {"name": {"any_": ["second"]}}}, ["gamma"]),
        ({"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}, ["alpha"]),
        ({"work_pools": {"name": {"any_": ["pool"]}}}, ["alpha", "beta"]),
        ({"work_pool_queues": {"name": {"any_": ["urgent"]}}}, ["beta"]),
    ],
)
def test_deployments_are_found_by_filter(client, deployer, wanted, found):
    deployer.pool()
    first, second = deployer.flow("first"), deployer.flow("second")
    alpha = deployer.deployment("alpha", flow_id=first, tags=["x", "y"], work_pool_name="pool")
    deployer.deployment("beta", flow_id=first, tags=["x"], work_pool_name="pool", work_queue_name="urgent", paused=True)
    deployer.deployment("gamma", flow_id=second, concurrency_limit=1)
    deployer.run(alpha)

    assert names(client.post("/api/deployments/filter", wanted).body) == found
    assert client.post("/api/deployments/count", wanted).body == len(found)


def test_pages_and_orders(client, deployer):
    flow = deployer.flow()
    for name in "cab":
        client.clock.sleep(1)
        deployer.deployment(name, flow_id=flow)

    def sorted_by(sort):
        return names(client.post("/api/deployments/filter", {"sort": sort}).body)

    assert sorted_by("NAME_ASC") == ["a", "b", "c"]
    assert sorted_by("NAME_DESC") == ["c", "b", "a"]
    assert sorted_by("CREATED_DESC") == ["b", "a", "c"]
    assert sorted_by("UPDATED_DESC") == ["b", "a", "c"]
    page = client.post("/api/deployments/paginate", {"limit": 2, "page": 2}).body
    assert (page["count"], page["pages"], page["page"], page["limit"]) == (3, 2, 2, 2)
    assert names(page["results"]) == ["c"]
    assert names(client.post("/api/deployments/filter", {"limit": 1, "offset": 1}).body) == ["b"]


def test_many_are_deleted_by_filter(client, deployer):
    flow = deployer.flow()
    ids = {name: deployer.deployment(name, flow_id=flow)["id"] for name in ("one", "two", "three")}

    said = client.post("/api/deployments/bulk_delete", {"deployments": {"name": {"any_": ["one", "two"]}}})

    assert set(said.body["deleted"]) == {ids["one"], ids["two"]}
    assert names(client.post("/api/deployments/filter", {}).body) == ["three"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "d"}, "flow_id"),
        ({"flow_id": "no", "name": "d"}, "flow_id"),
        ({"flow_id": NOBODY, "name": "a/b"}, "name"),
        ({"flow_id": NOBODY, "name": ""}, "name"),
        ({"flow_id": NOBODY, "name": "d", "colour": 1}, "colour"),
        ({"flow_id": NOBODY, "name": "d", "concurrency_limit": 0}, "concurrency_limit"),
        (
            {"flow_id": NOBODY, "name": "d", "concurrency_options": {"collision_strategy": "WAIT"}},
            "concurrency_options",
        ),
        ({"flow_id": NOBODY, "name": "d", "tags": "t"}, "tags"),
        ({"flow_id": NOBODY, "name": "d", "schedules": [{"schedule": {"cron": 5}}]}, "schedules"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(client, body, field):
    said = client.post("/api/deployments/", body)

    assert said.status == 422
    assert field in str(said.body["exception_detail"][0]["loc"]) + said.body["exception_detail"][0]["msg"]


def test_a_bad_id_is_refused(client):
    assert client.get("/api/deployments/nonsense").status == 422
    assert client.post("/api/deployments/filter", {"limit": 201}).status == 422
    assert client.post("/api/deployments/filter", {"sort": "SIDEWAYS"}).status == 422
