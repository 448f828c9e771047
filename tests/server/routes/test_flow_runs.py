"""Flow runs over REST."""

from __future__ import annotations

import pytest

from tests.server.routes.runs import NOWHERE, flow, flow_run, propose, task_run, where


def test_a_flow_run_is_made_and_read(client):
    etl = flow(client, labels={"team": "a"})
    made = client.post(
        "/api/flow_runs/",
        {"flow_id": etl, "parameters": {"x": [1, {"y": None}]}, "tags": ["a"], "context": {"c": 1}, "labels": {"n": 1}},
    )

    assert made.status == 201
    assert made.body["state"]["type"] == "PENDING"
    assert made.body["parameters"] == {"x": [1, {"y": None}]}
    assert made.body["labels"] == {"team": "a", "n": 1, "prefect.flow.id": etl}
    assert "-" in made.body["name"]
    assert client.get(f"/api/flow_runs/{made.body['id']}").body == made.body


def test_an_idempotency_key_makes_one_run(client):
    etl = flow(client)
    made = client.post("/api/flow_runs/", {"flow_id": etl, "idempotency_key": "k"})
    again = client.post("/api/flow_runs/", {"flow_id": etl, "idempotency_key": "k", "name": "other"})

    assert (made.status, again.status) == (201, 200)
    assert again.body == made.body


def test_a_run_of_no_flow_is_not_made(client):
    said = client.post("/api/flow_runs/", {"flow_id": NOWHERE})

    assert said.status == 404
    assert NOWHERE in said.body["detail"]
    assert client.post("/api/flow_runs/count").body == 0


def test_a_flow_run_is_changed(client):
    run = flow_run(client)
    client.clock.sleep(1)

    changes = {
        "name": "mine",
        "tags": ["b"],
        "flow_version": "2",
        "infrastructure_pid": "host:7",
        "parameters": {"p": 1},
    }
    assert client.patch(f"/api/flow_runs/{run}", changes).status == 204
    assert client.patch(f"/api/flow_runs/{run}", {"empirical_policy": {"retries": 3}}).status == 204
    assert client.patch(f"/api/flow_runs/{run}/labels", {"x": 1.5}).status == 204
    body = client.get(f"/api/flow_runs/{run}").body
    assert {name: body[name] for name in changes} == changes
    assert body["empirical_policy"]["retries"] == 3
    assert body["labels"]["x"] == 1.5
    assert body["updated"] > body["created"]
    assert client.patch(f"/api/flow_runs/{run}", {"name": None}).status == 204
    assert client.get(f"/api/flow_runs/{run}").body["name"] == "mine"


def test_job_variables_are_for_scheduled_runs_of_deployments(client):
    pending, scheduled = flow_run(client), flow_run(client, state={"type": "SCHEDULED"})

    said = [client.patch(f"/api/flow_runs/{run}", {"job_variables": {"a": 1}}) for run in (pending, scheduled)]

    assert [one.status for one in said] == [400, 400]
    assert "Pending" in said[0].body["detail"]
    assert "deployment" in said[1].body["detail"]


def test_a_deleted_run_is_gone_with_all_below_it(client):
    run = flow_run(client, state={"type": "RUNNING"})
    standing = task_run(client, run)
    child = flow_run(client, parent_task_run_id=standing)

    assert client.delete(f"/api/flow_runs/{run}").status == 204
    for path in (f"flow_runs/{run}", f"flow_runs/{child}", f"task_runs/{standing}"):
        assert client.get(f"/api/{path}").status == 404
    assert client.delete(f"/api/flow_runs/{run}").status == 404


def test_runs_are_deleted_by_filter_up_to_a_limit(client):
    etl = flow(client)
    gone = {flow_run(client, etl, tags=["old"]) for _ in range(3)}
    kept = flow_run(client, etl)

    first = client.post("/api/flow_runs/bulk_delete", {"flow_runs": {"tags": {"all_": ["old"]}}, "limit": 2}).body
    rest = client.post("/api/flow_runs/bulk_delete", {"flow_runs": {"tags": {"all_": ["old"]}}}).body

    assert len(first["deleted"]) == 2
    assert {*first["deleted"], *rest["deleted"]} == gone
    assert [run["id"] for run in client.post("/api/flow_runs/filter").body] == [kept]


def test_a_state_is_proposed_and_written(client):
    run = flow_run(client)

    said = propose(client, run, "RUNNING")

    assert said.status == 201
    assert said.body["status"] == "ACCEPT"
    assert said.body["details"] == {"type": "accept_details"}
    body = client.get(f"/api/flow_runs/{run}").body
    assert body["state"] == said.body["state"]
    assert (body["run_count"], body["state_name"]) == (1, "Running")
    assert client.get(f"/api/flow_run_states/{said.body['state']['id']}").body == said.body["state"]


def test_what_rules_refuse_is_not_written(client):
    run = flow_run(client, state={"type": "RUNNING"})
    propose(client, run, "COMPLETED", data={"type": "reference", "storage_key": "x"})

    said = propose(client, run, "RUNNING")

    assert said.status == 200
    assert said.body["status"] in ("REJECT", "ABORT")
    assert said.body["details"]["reason"]
    assert said.body["state"] == client.get(f"/api/flow_runs/{run}").body["state"]
    assert said.body["state"]["name"] == "Completed"
    assert propose(client, run, "RUNNING", force=True).status == 201


def test_too_early_means_wait(client):
    run = flow_run(client, state={"type": "SCHEDULED", "state_details": {"scheduled_time": "2099-01-01T00:00:00Z"}})
    propose(client, run, "PENDING")

    said = propose(client, run, "RUNNING")

    assert (said.status, said.body["status"]) == (200, "WAIT")
    assert said.body["details"]["delay_seconds"] > 0
    assert said.body["state"] == client.get(f"/api/flow_runs/{run}").body["state"]


def test_who_is_told_to_give_up_is_told_the_state_that_stays(client):
    run = flow_run(client, state={"type": "RUNNING"})

    said = propose(client, run, "PENDING")

    assert (said.status, said.body["status"]) == (200, "ABORT")
    assert said.body["state"] == client.get(f"/api/flow_runs/{run}").body["state"]


def test_a_time_of_no_zone_is_utc(client):
    run = flow_run(client)

    said = propose(client, run, "SCHEDULED", scheduled_time="2020-01-01T00:00:00").body["state"]

    assert said["state_details"]["scheduled_time"] == "2020-01-01T00:00:00Z"
    assert client.get(f"/api/flow_runs/{run}").body["state"] == said


def test_a_failed_run_with_retries_waits_for_another_try(client):
    run = flow_run(client, state={"type": "RUNNING"}, empirical_policy={"retries": 1, "retry_delay": 5})

    said = propose(client, run, "FAILED")

    assert said.body["status"] == "REJECT"
    assert said.body["state"]["name"] == "AwaitingRetry"
    assert client.get(f"/api/flow_runs/{run}").body["next_scheduled_start_time"] is not None


def test_of_no_run_nothing_is_proposed(client):
    assert propose(client, NOWHERE, "RUNNING").status == 404
    assert propose(client, NOWHERE, "RUNNING", of="task_runs").status == 404


def test_states_are_set_by_filter(client):
    etl = flow(client)
    runs = {flow_run(client, etl, tags=["x"]) for _ in range(2)}
    flow_run(client, etl)

    said = client.post(
        "/api/flow_runs/bulk_set_state", {"state": {"type": "CANCELLED"}, "flow_runs": {"tags": {"all_": ["x"]}}}
    )

    assert {one["flow_run_id"] for one in said.body["results"]} == runs
    assert {one["status"] for one in said.body["results"]} == {"ACCEPT"}
    assert client.post("/api/flow_runs/count", {"flow_runs": {"state": {"type": {"any_": ["CANCELLED"]}}}}).body == 2


def test_pages_of_flow_runs(client):
    etl = flow(client)
    for name in "abc":
        flow_run(client, etl, name=name)

    page = client.post("/api/flow_runs/paginate", {"limit": 2, "page": 2, "sort": "NAME_ASC"}).body

    assert (page["count"], page["limit"], page["page"], page["pages"]) == (3, 2, 2, 2)
    assert [run["name"] for run in page["results"]] == ["c"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["one", "two"]),
        ({"flows": {"name": {"any_": ["etl"]}}}, ["one"]),
        ({"task_runs": {"tags": {"all_": ["db"]}}}, ["two"]),
        ({"task_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}, []),
        ({"deployments": {}}, []),
        ({"deployments": {"tags": {"is_null_": True}}}, []),
        ({"work_pools": {"name": {"any_": ["p"]}}}, []),
        ({"work_pool_queues": {"name": {"any_": ["default"]}}}, []),
        ({"flow_runs": {"operator": "or_", "name": {"any_": ["one"]}, "tags": {"all_": ["t"]}}}, ["one", "two"]),
        ({"flow_runs": {"deployment_id": {"is_null_": False}}}, []),
        ({"flow_runs": {"start_time": {"is_null_": True}}}, ["one", "two"]),
        ({"flow_runs": {"start_time": {"is_null_": False}}}, []),
        ({"flow_runs": {"start_time": {"before_": "2099-01-01T00:00:00Z"}}}, ["one", "two"]),
        ({"flow_runs": {"start_time": {"before_": "2099-01-01T00:00:00Z", "is_null_": False}}}, []),
        ({"flow_runs": {"start_time": {"after_": "2099-01-01T00:00:00Z"}}}, []),
        ({"flow_runs": {"expected_start_time": {"after_": "2099-01-01T00:00:00Z"}}}, []),
    ],
)
def test_flow_runs_are_found_by_filter(client, wanted, found):
    flow_run(client, flow(client, "etl"), name="one")
    two = flow_run(client, flow(client, "other"), name="two", tags=["t"])
    task_run(client, two, tags=["db"])

    said = client.post("/api/flow_runs/filter", {**wanted, "sort": "NAME_ASC"})

    assert [run["name"] for run in said.body] == found
    assert client.post("/api/flow_runs/count", wanted).body == len(found)


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        ("flow_runs/", {}, ["body", "flow_id"]),
        ("flow_runs/", {"flow_id": "x"}, ["body", "flow_id"]),
        ("flow_runs/", {"flow_id": NOWHERE, "state": {"type": "WALKING"}}, ["body", "state", "type"]),
        ("flow_runs/", {"flow_id": NOWHERE, "speed": 1}, ["body", "speed"]),
        ("flow_runs/", {"flow_id": NOWHERE, "labels": {"a": 2**80}}, ["body", "labels"]),
        ("flow_runs/filter", {"limit": 10_000}, ["body", "limit"]),
        (
            "flow_runs/filter",
            {"flow_runs": {"state": {"type": {"any_": ["X"]}}}},
            ["body", "flow_runs", "state", "type", "any_"],
        ),
        (f"flow_runs/{NOWHERE}/set_state", {}, ["body", "state"]),
        (
            f"flow_runs/{NOWHERE}/set_state",
            {"state": {"type": "RUNNING", "timestamp": 1}},
            ["body", "state", "timestamp"],
        ),
        (
            "flow_runs/history",
            {"history_start": "2020-01-01", "history_end": "x", "history_interval_seconds": 1},
            ["body", "history_start"],
        ),
        (
            "flow_runs/history",
            {
                "history_start": "2020-01-01T00:00:00Z",
                "history_end": "2020-01-02T00:00:00Z",
                "history_interval_seconds": 0.5,
            },
            ["body", "history_interval_seconds"],
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, path, body, fault):
    said = client.post(f"/api/{path}", body)

    assert said.status == 422
    assert where(said)[0][: len(fault)] == fault


def test_labels_are_plain(client):
    said = client.patch(f"/api/flow_runs/{flow_run(client)}/labels", {"a": [1]})

    assert said.status == 422
    assert where(said) == [["body", "a"]]


def test_an_argument_that_is_null_was_not_given(client):
    run = flow_run(client, name=None)

    said = client.post("/api/flow_runs/filter", {"sort": None, "offset": None, "limit": None, "flow_runs": None})

    assert [one["id"] for one in said.body] == [run]
    assert said.body[0]["name"]
    assert client.post("/api/flow_runs/filter", {"sort": None, "offset": -1}).status == 422
    assert client.post(f"/api/flow_runs/{run}/set_state", {"state": None}).status == 422
    assert client.post("/api/flow_runs/", {"flow_id": None}).status == 422


def test_a_full_deployment_lets_its_runs_wait_as_long_as_the_settings_say(client, store):
    from datetime import timedelta

    from tests.server.client import Client
    from tidemill.domain.states import from_us
    from tidemill.settings import Settings

    patient = Client(store, Settings(server={"deployments": {"concurrency_slot_wait_seconds": 77}}))
    try:
        etl = flow(patient)
        deployment = patient.post("/api/deployments/", {"name": "d", "flow_id": etl, "concurrency_limit": 1}).body["id"]
        first, second = (
            flow_run(patient, etl, deployment_id=deployment, state={"type": "SCHEDULED"}) for _ in range(2)
        )
        assert propose(patient, first, "PENDING").body["status"] == "ACCEPT"
        waits = propose(patient, second, "PENDING").body
        due = from_us(patient.clock.now_us()) + timedelta(seconds=77)
        assert (waits["status"], waits["state"]["name"]) == ("REJECT", "AwaitingConcurrencySlot")
        assert waits["state"]["state_details"]["scheduled_time"][:19] == due.isoformat()[:19]
        propose(patient, first, "COMPLETED", force=True)
        assert propose(patient, second, "PENDING").body["status"] == "ACCEPT"
        assert patient.delete(f"/api/flow_runs/{second}").status == 204
        third = flow_run(patient, etl, deployment_id=deployment, state={"type": "SCHEDULED"})
        assert propose(patient, third, "PENDING").body["status"] == "ACCEPT"
    finally:
        patient.close()
