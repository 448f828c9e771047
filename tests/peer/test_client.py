"""The peer's own client, unmodified, against a tidemill server: what users' scripts do today works unchanged.

Its environment is made by ``make peer`` (or named by TIDEMILL_BENCH_PEER); where there is none, these are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from benchmarks.sides import PEER_VARIABLE, ROOT
from tests.serving import serving
from tidemill.domain.runs import any_of
from tidemill.domain.states import StateType
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock

PYTHON = Path(os.environ.get(PEER_VARIABLE) or ROOT / ".bench" / "peer") / "bin" / "python"
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not PYTHON.exists(), reason="the peer is not installed here: make peer"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with SqliteStore.open(folder / "tidemill.db") as store, serving(store) as url:
        yield store, url


@pytest.fixture
def run(served, tmp_path):
    """Run a scenario with the peer's client; gives what it saw."""
    _, url = served

    def run(name):
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(tmp_path),
            "PREFECT_HOME": str(tmp_path / "home"),
            "PREFECT_API_URL": url,
            "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.1",
            "DO_NOT_TRACK": "1",
        }
        script = Path(__file__).with_name("scenarios.py")
        ended = subprocess.run(
            [PYTHON, script, name], env=environment, capture_output=True, text=True, timeout=110, check=False
        )
        said = [line for line in ended.stdout.splitlines() if line.startswith("SAW ")]
        assert ended.returncode == 0, ended.stderr[-3000:]
        assert said, ended.stdout[-3000:]
        return json.loads(said[-1][4:])

    return run


def ended_tasks(store, run):
    return store.count_task_runs([any_of("flow_run_id", run)])


@pytest.mark.parametrize(
    ("scenario", "value", "tasks"),
    [("sync_flow", 3, 2), ("async_flow", 6, 2), ("mapped", 55, 10), ("retries", 4, 2)],
)
def test_a_flow_runs_and_leaves_its_record(served, run, scenario, value, tasks):
    store, _ = served

    saw = run(scenario)

    assert saw["value"] == value
    assert store.read_flow_run(saw["run"]).state_type is StateType.COMPLETED
    assert ended_tasks(store, saw["run"])[StateType.COMPLETED] == tasks


def test_a_retried_flow_shows_its_states(served, run):
    store, _ = served

    saw = run("retries")

    names = [state.name for state in store.flow_run_states(saw["run"])]
    assert names == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]


def test_a_failed_flow_is_failed(served, run):
    store, _ = served

    saw = run("failed")

    assert saw["state"] == "FAILED"
    assert store.read_flow_run(saw["run"]).state_type is StateType.FAILED


def test_subflows_are_runs_below_their_parent(served, run):
    store, _ = served

    saw = run("subflows")

    assert saw["value"] == 5
    children = [found for found in store.find_flow_runs() if found.flow_name == "peer-child"]
    assert len(children) == 2
    assert all(child.state_type is StateType.COMPLETED and child.parent_task_run_id for child in children)


def test_logs_arrive(run):
    assert {"from the task", "from the flow", "printed"} <= set(run("logs")["messages"])


def test_artifacts_have_versions(run):
    assert run("artifacts") == {"latest": "# two", "type": "markdown"}


def test_variables_are_kept(run):
    assert run("variables") == {"first": {"a": [1, 2]}, "second": "other", "gone": None}


def test_blocks_are_saved_and_loaded(run):
    assert run("blocks") == {"value": "hunter2"}


def test_a_paused_flow_goes_on(run):
    assert run("pauses") == {"state": "COMPLETED"}


def test_slots_are_taken_and_given_back(run):
    assert run("limits") == {"value": 3, "active": 0}


def test_events_are_kept(run):
    assert run("events")["total"] == 1


def test_the_client_asks_and_is_answered(run):
    assert run("client_calls") == {"saw": [True, [], [], None]}


def test_who_sets_states_by_hand_hears_which_the_run_has(run):
    assert run("states_by_hand") == {
        "said": [["ABORT", "Running"], ["ACCEPT", "Completed"], ["ABORT", "Completed"], ["ACCEPT", "Failed"]]
    }


def test_a_returned_state_is_the_runs(run):
    assert run("returned_state") == {"message": "as it was returned"}


@pytest.mark.parametrize(("scenario", "name"), [("deployed", "worker"), ("served", "serve")])
def test_a_deployment_is_run(served, run, scenario, name):
    store, _ = served

    saw = run(scenario)

    assert (saw["state"], saw["parameters"]) == ("Completed", {"name": name})
    names = [state.name for state in store.flow_run_states(saw["run"])]
    assert names == ["Scheduled", "Pending", "Submitting", "Running", "Completed"]


def test_a_worker_stays_connected_to_its_pool(served, run):
    store, _ = served

    assert run("worker") == {"healthy": True, "type": "process"}
    workers = store.find_workers("peer-pool", now=SystemClock().now_us(), limit=5)
    assert [(worker.name, worker.status) for worker in workers] == [("peer-worker", "ONLINE")]
