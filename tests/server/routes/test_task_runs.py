"""Task runs and their states over REST."""

from __future__ import annotations

import pytest

from tests.server.routes.runs import NOWHERE, flow_run, propose, task_run, where


@pytest.fixture
def run(client):
    return flow_run(client, state={"type": "RUNNING"})


def test_a_task_run_is_made_once_and_read(client, run):
    body = {
        "flow_run_id": run,
        "task_key": "t",
        "dynamic_key": "0",
        "tags": ["a"],
        "task_inputs": {"x": [{"input_type": "constant", "type": "int"}], "y": []},
        "empirical_policy": {"retries": 2, "retry_delay": [1, 2.5]},
        "task_version": "7",
    }
    made = client.post("/api/task_runs/", body)
    again = client.post("/api/task_runs/", body)

    assert (made.status, again.status) == (201, 200)
    assert again.body == made.body
    assert {name: made.body[name] for name in ("tags", "task_inputs", "task_version")} == {
        name: body[name] for name in ("tags", "task_inputs", "task_version")
    }
    assert made.body["empirical_policy"]["retry_delay"] == [1, 2.5]
    assert made.body["state"]["state_details"]["task_run_id"] == made.body["id"]
    assert client.get(f"/api/task_runs/{made.body['id']}").body == made.body


def test_a_task_run_may_bring_its_id(client, run):
    assert task_run(client, run, id=NOWHERE) == NOWHERE


def test_a_task_run_goes_through_states_with_ids(client, run):
    task = task_run(client, run)
    said = [propose(client, task, kind, of="task_runs") for kind in ("RUNNING", "COMPLETED")]

    states = client.get(f"/api/task_run_states/?task_run_id={task}").body

    assert [one.status for one in said] == [201, 201]
    assert [state["name"] for state in states] == ["Pending", "Running", "Completed"]
    assert [one.body["state"] for one in said] == states[1:]
    assert [client.get(f"/api/task_run_states/{state['id']}").body for state in states] == states
    assert client.get(f"/api/task_run_states/{NOWHERE}").status == 404
    assert client.get(f"/api/flow_run_states/{NOWHERE}").status == 404
    assert client.get(f"/api/task_run_states/?task_run_id={NOWHERE}").body == []
    assert client.get(f"/api/task_runs/{task}").body["run_count"] == 1


def test_a_failed_task_run_is_tried_again(client, run):
    task = task_run(client, run, empirical_policy={"retries": 1})
    propose(client, task, "RUNNING", of="task_runs")

    assert propose(client, task, "FAILED", of="task_runs").body["state"]["name"] == "AwaitingRetry"
    assert propose(client, task, "RUNNING", of="task_runs").body["state"]["name"] == "Retrying"
    assert propose(client, task, "FAILED", of="task_runs").body["state"]["name"] == "Failed"


def test_a_failure_that_says_so_is_the_last(client, run):
    task = task_run(client, run, empirical_policy={"retries": 1})
    propose(client, task, "RUNNING", of="task_runs")

    said = propose(client, task, "FAILED", of="task_runs", retriable=False)

    assert (said.body["status"], said.body["state"]["name"]) == ("ACCEPT", "Failed")
    assert client.get(f"/api/task_runs/{task}").body["state"]["state_details"]["retriable"] is False


def test_a_deferred_task_run_is_scheduled(client):
    said = client.post(
        "/api/task_runs/",
        {"task_key": "t", "dynamic_key": "0", "state": {"type": "SCHEDULED", "state_details": {"deferred": True}}},
    )

    assert said.status == 201
    assert said.body["state"]["state_details"]["deferred"] is True
    assert propose(client, said.body["id"], "PENDING", of="task_runs", deferred=True).body["status"] == "ACCEPT"
    assert propose(client, said.body["id"], "PENDING", of="task_runs", deferred=True).body["status"] != "ACCEPT"


def test_a_task_run_is_renamed_and_deleted(client, run):
    task = task_run(client, run)

    assert client.patch(f"/api/task_runs/{task}", {"name": "mine"}).status == 204
    assert client.get(f"/api/task_runs/{task}").body["name"] == "mine"
    assert client.delete(f"/api/task_runs/{task}").status == 204
    assert client.delete(f"/api/task_runs/{task}").status == 404
    assert client.patch(f"/api/task_runs/{task}", {"name": "x"}).status == 404


def test_task_runs_are_found_counted_and_paged(client, run):
    for number in range(3):
        task_run(client, run, "t", str(number), tags=["a"] if number else [])

    wanted = {"task_runs": {"tags": {"all_": ["a"]}}, "flow_runs": {"id": {"any_": [run]}}}
    found = client.post("/api/task_runs/filter", {**wanted, "sort": "NAME_DESC"}).body
    page = client.post("/api/task_runs/paginate", {"limit": 2, "page": 2}).body

    assert [one["name"] for one in found] == ["t-2", "t-1"]
    assert client.post("/api/task_runs/count", wanted).body == 2
    assert (page["count"], page["pages"], len(page["results"])) == (3, 2, 1)
    assert "dynamic_key" not in page["results"][0]


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        ("task_runs/", {"task_key": "t"}, ["body", "dynamic_key"]),
        ("task_runs/", {"task_key": "t", "dynamic_key": 1}, ["body", "dynamic_key"]),
        (
            "task_runs/",
            {"task_key": "t", "dynamic_key": "0", "task_inputs": {"x": [{"input_type": "?"}]}},
            ["body", "task_inputs"],
        ),
        ("task_runs/filter", {"task_runs": {"state": {"type": {"not_any_": []}}}}, ["body", "task_runs", "state"]),
        ("task_runs/paginate", {"limit": 1000}, ["body", "limit"]),
        ("task_runs/", {"task_key": "t", "dynamic_key": "0", "cache_key": "k" * 2001}, ["body", "cache_key"]),
        (
            "task_runs/",
            {"task_key": "t", "dynamic_key": "0", "empirical_policy": {"retry_delay": [1] * 51}},
            ["body", "empirical_policy", "retry_delay"],
        ),
        (
            "task_runs/",
            {"task_key": "t", "dynamic_key": "0", "empirical_policy": {"retry_jitter_factor": -1}},
            ["body", "empirical_policy", "retry_jitter_factor"],
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, path, body, fault):
    said = client.post(f"/api/{path}", body)

    assert said.status == 422
    assert where(said)[0][: len(fault)] == fault


def test_a_task_run_of_no_flow_run_is_not_made(client):
    said = client.post("/api/task_runs/", {"flow_run_id": NOWHERE, "task_key": "t", "dynamic_key": "0"})

    assert said.status == 404
