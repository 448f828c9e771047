"""Runs over time, over REST."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from tests.server.routes.runs import flow, flow_run, propose, task_run
from tidemill.domain.states import from_us


def iso(client, seconds):
    return (from_us(client.clock.now_us()) + timedelta(seconds=seconds)).isoformat()


def window(client, start, end, interval):
    return {
        "history_start": iso(client, start),
        "history_end": iso(client, end),
        "history_interval_seconds": interval,
    }


def test_every_interval_is_answered_with_its_states(client):
    etl = flow(client)
    asked = window(client, 0, 30, 10)
    flow_run(client, etl, state={"type": "COMPLETED"})
    flow_run(client, etl, state={"type": "FAILED"})
    client.clock.sleep(25)
    flow_run(client, etl, state={"type": "RUNNING"})
    client.clock.sleep(5)

    history = client.post("/api/flow_runs/history", asked).body

    assert [[state["state_name"] for state in one["states"]] for one in history] == [
        ["Completed", "Failed"],
        [],
        ["Running"],
    ]
    assert all(one["interval_end"] == two["interval_start"] for one, two in pairwise(history))
    running = history[2]["states"][0]
    assert (running["count_runs"], running["state_type"], running["sum_estimated_run_time"]) == (1, "RUNNING", 5.0)


def test_a_history_is_filtered(client):
    etl = flow(client)
    asked = window(client, 0, 10, 10)
    run = flow_run(client, etl, tags=["x"])
    flow_run(client, etl)
    task_run(client, run)

    (one,) = client.post("/api/flow_runs/history", {**asked, "flow_runs": {"tags": {"all_": ["x"]}}}).body
    (of_tasks,) = client.post("/api/task_runs/history", {**asked, "flow_runs": {"tags": {"all_": ["x"]}}}).body

    assert [state["count_runs"] for state in one["states"]] == [1]
    assert [state["count_runs"] for state in of_tasks["states"]] == [1]


def test_a_history_has_an_end(client):
    assert len(client.post("/api/flow_runs/history", window(client, 0, 100_000, 1)).body) == 500
    assert client.post("/api/flow_runs/history", window(client, 10, 0, 1)).body == []


def test_the_average_lateness(client):
    etl = flow(client)
    assert client.post("/api/flow_runs/lateness").body is None
    flow_run(client, etl, state={"type": "SCHEDULED"})
    late = flow_run(client, etl, state={"type": "SCHEDULED"})
    client.clock.sleep(10)
    propose(client, late, "RUNNING")
    client.clock.sleep(10)

    assert client.post("/api/flow_runs/lateness").body == 15.0
