"""What pages about flows and runs ask for."""

from __future__ import annotations

from datetime import timedelta

from tests.server.routes.runs import NOWHERE, flow, flow_run, propose, task_run, where
from tidemill.domain.states import from_us


def test_flow_runs_as_dots(client):
    run = flow_run(client, state={"type": "RUNNING"})
    client.clock.sleep(5)

    (dot,) = client.post("/api/ui/flow_runs/history").body

    assert dot == {
        "id": run,
        "state_type": "RUNNING",
        "duration": 5.0,
        "lateness": 0.0,
        "timestamp": client.get(f"/api/flow_runs/{run}").body["start_time"],
    }


def test_counts_by_flow_run_and_flow(client):
    etl = flow(client)
    run = flow_run(client, etl)
    task_run(client, run)

    assert client.post("/api/ui/flow_runs/count-task-runs", {"flow_run_ids": [run, NOWHERE]}).body == {
        run: 1,
        NOWHERE: 0,
    }
    assert client.post("/api/ui/flows/count-deployments", {"flow_ids": [etl]}).body == {etl: 0}


def test_the_next_runs_of_flows(client):
    etl = flow(client)
    run = flow_run(client, etl, name="next", state={"type": "SCHEDULED"})

    said = client.post("/api/ui/flows/next-runs", {"flow_ids": [etl, NOWHERE]}).body

    assert said[NOWHERE] is None
    assert (said[etl]["id"], said[etl]["name"], said[etl]["state_name"]) == (run, "next", "Scheduled")


def test_task_runs_counted_by_state_and_over_time(client):
    run = flow_run(client, state={"type": "RUNNING"})
    start = from_us(client.clock.now_us())
    for number, kind in enumerate(["COMPLETED", "CRASHED", "FAILED"]):
        task = task_run(client, run, dynamic_key=str(number))
        propose(client, task, "RUNNING", of="task_runs")
        propose(client, task, kind, of="task_runs")
        client.clock.sleep(5)

    counts = client.post("/api/ui/task_runs/count").body
    until = (start + timedelta(seconds=20)).isoformat()
    wanted = {"start_time": {"after_": start.isoformat(), "before_": until}}
    parts = client.post("/api/ui/task_runs/dashboard/counts", {"task_runs": wanted}).body

    assert {kind: count for kind, count in counts.items() if count} == {"COMPLETED": 1, "CRASHED": 1, "FAILED": 1}
    assert len(parts) == 20
    assert [at for at, part in enumerate(parts) if part["completed"]] == [0]
    assert [at for at, part in enumerate(parts) if part["failed"]] == [5, 10]


def test_a_dashboard_says_from_when_on(client):
    said = client.post("/api/ui/task_runs/dashboard/counts", {"task_runs": {}})

    assert said.status == 422
    assert where(said) == [["body", "task_runs", "start_time", "after_"]]


def test_a_task_run_with_the_name_of_its_flow_run(client):
    run = flow_run(client, name="mine")
    with_run, alone = task_run(client, run), task_run(client, None)

    assert client.get(f"/api/ui/task_runs/{with_run}").body["flow_run_name"] == "mine"
    assert client.get(f"/api/ui/task_runs/{alone}").body["flow_run_name"] is None
    assert client.get(f"/api/ui/task_runs/{NOWHERE}").status == 404
