"""Flow runs drawn, and their logs to take away."""

from __future__ import annotations

import csv
import io

import pytest

from tests.server.client import Client
from tests.server.routes.runs import NOWHERE, flow, flow_run, propose, task_run
from tidemill.settings import Settings


@pytest.fixture
def run(client):
    """A run whose second task takes what the first returned, and calls a subflow."""
    run = flow_run(client, state={"type": "RUNNING"})
    first = task_run(client, run, "first")
    propose(client, first, "RUNNING", of="task_runs")
    propose(client, first, "COMPLETED", of="task_runs")
    client.clock.sleep(1)
    second = task_run(
        client,
        run,
        "second",
        task_inputs={"x": [{"input_type": "task_run", "id": first}], "y": [{"input_type": "parameter", "name": "p"}]},
    )
    child = flow_run(client, flow(client, "child"), name="child", parent_task_run_id=second, state={"type": "RUNNING"})
    return run, first, second, child


def test_a_graph_has_nodes_and_edges(client, run):
    run, first, _, child = run

    graph = client.get(f"/api/flow_runs/{run}/graph-v2").body

    nodes = dict(graph["nodes"])
    assert list(nodes) == [first, child]
    assert (nodes[first]["kind"], nodes[child]["kind"], nodes[child]["label"]) == ("task-run", "flow-run", "child")
    assert nodes[child]["parents"] == [{"id": first}]
    assert nodes[first]["children"] == [{"id": child}]
    assert graph["root_node_ids"] == [first]
    assert [state["name"] for state in graph["states"]] == ["Running"]
    assert graph["end_time"] is None


def test_a_subflow_run_that_waits_is_drawn(client):
    run = flow_run(client, state={"type": "RUNNING"})
    child = flow_run(client, name="child", parent_task_run_id=task_run(client, run))
    task_run(client, run, "other")

    assert [id_ for id_, _ in client.get(f"/api/flow_runs/{run}/graph-v2").body["nodes"]] == [child]


def test_a_graph_leaves_out_what_ended_before(client, run):
    run, _, _, child = run
    since = client.get(f"/api/flow_runs/{child}").body["start_time"]

    graph = client.get(f"/api/flow_runs/{run}/graph-v2?since={since}").body

    assert [id_ for id_, _ in graph["nodes"]] == [child]


def left(client, run, task=None, **said):
    """An artifact that a run left; its id."""
    return client.post("/api/artifacts/", {"flow_run_id": run, "task_run_id": task, "type": "markdown"} | said).body[
        "id"
    ]


def test_a_graph_has_what_its_runs_left(client, run):
    run, first, second, child = run
    own = left(client, run, key="report", data="# hello")
    old = left(client, run, first, key="table", data="[]")
    new = left(client, run, second, key="table", data="[1]")
    half = left(client, run, first, type="progress", data=50)
    left(client, run, first, type="result", data={})
    left(client, child, key="of-another")

    graph = client.get(f"/api/flow_runs/{run}/graph-v2").body

    nodes = dict(graph["nodes"])
    assert [one["id"] for one in nodes[first]["artifacts"]] == [old, half]
    assert [one["id"] for one in nodes[child]["artifacts"]] == [new]
    assert [(one["is_latest"], one["data"]) for one in nodes[first]["artifacts"]] == [(False, None), (True, 50)]
    assert [one["id"] for one in graph["artifacts"]] == [own]
    assert set(graph["artifacts"][0]) == {"created", "data", "id", "is_latest", "key", "type"}
    assert (graph["artifacts"][0]["is_latest"], graph["artifacts"][0]["key"]) == (True, "report")


def test_a_graph_has_no_more_artifacts_than_the_settings_say(store):
    client = Client(store, Settings(server={"flow_run_graph": {"max_artifacts": 2}}))
    run = flow_run(client, state={"type": "RUNNING"})
    ids = [left(client, run) for _ in range(3)]

    graph = client.get(f"/api/flow_runs/{run}/graph-v2").body
    client.close()

    assert [one["id"] for one in graph["artifacts"]] == ids[:2]


def test_dependencies_of_task_runs(client, run):
    run, first, second, _ = run

    said = {one["id"]: one["upstream_dependencies"] for one in client.get(f"/api/flow_runs/{run}/graph").body}

    assert said == {first: [], second: [{"input_type": "task_run", "id": first}]}
    assert client.get(f"/api/flow_runs/{NOWHERE}/graph").status == 404
    assert client.get(f"/api/flow_runs/{NOWHERE}/graph-v2").status == 404


def test_a_graph_that_is_too_large_is_refused(client, run, store):
    small = Client(store, Settings(server={"flow_run_graph": {"max_nodes": 1}}))
    try:
        said = small.get(f"/api/flow_runs/{run[0]}/graph-v2")
    finally:
        small.close()

    assert said.status == 400
    assert "1 nodes" in said.body["detail"]


def test_logs_are_taken_away_as_csv(client):
    run = flow_run(client, name="a/ü")
    lines = [
        {"name": "x", "level": 20, "message": text, "timestamp": "2023-11-14T22:13:20Z", "flow_run_id": run}
        for text in ("one, two", 'a "quoted" line', "two\nlines")
    ]
    client.post("/api/logs/", lines)

    said = client.get(f"/api/flow_runs/{run}/logs/download")

    rows = list(csv.reader(io.StringIO(said.body.decode())))
    assert rows[0] == ["timestamp", "level", "flow_run_id", "task_run_id", "message"]
    assert [row[-1] for row in rows[1:]] == [line["message"] for line in lines]
    client.post("/api/logs/", [{**lines[0], "message": "before", "timestamp": "2023-11-14T22:13:19Z"}])
    assert b",before" in client.get(f"/api/flow_runs/{run}/logs/download").body.splitlines()[1]
    assert said.headers["content-disposition"] == "attachment; filename*=UTF-8''a%2F%C3%BC-logs.csv"
    assert client.get(f"/api/flow_runs/{NOWHERE}/logs/download").status == 404
