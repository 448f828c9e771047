"""F4: a process that is killed in a pause: the pause outlives it, and nothing that was done is done again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from uuid import UUID

import pytest

import tidemill.engine.runtime as runtimes
from tests.faults import paused_and_killed
from tidemill import resume_flow_run
from tidemill.api.embedded import Home
from tidemill.engine.continuing import continue_run
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.system.clock import JumpingClock

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")


@pytest.fixture
def parts(tmp_path, monkeypatch):
    path = tmp_path / "parts"
    monkeypatch.setenv("PARTS", str(path))
    return lambda: path.read_text().split()


@pytest.fixture
def killed(tmp_path, parts):
    """Runs a flow in a process that dies in its pause; opens the home again."""
    opened = []

    def die(flow: str) -> Home:
        command = [sys.executable, "-m", "tests.faults.paused_and_killed", str(tmp_path / "home"), flow]
        died = subprocess.run(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, check=False)
        assert died.returncode == -signal.SIGKILL
        home = Home(tmp_path / "home", JumpingClock())
        opened.append((home, runtimes.use(runtime_of(home, EngineSettings()))))
        return home

    yield die
    for home, token in opened:
        runtimes.stop_using(token)
        home.close()


def root(home: Home):
    (run,) = [run for run in home.store.find_flow_runs() if not run.is_subflow_run]
    return run


@pytest.mark.parametrize("asked_first", [True, False])
def test_a_pause_outlives_its_process(killed, parts, asked_first):
    home = killed("waits")
    assert root(home).state_name == "Paused"

    if asked_first:
        resume_flow_run(UUID(root(home).id))
        assert root(home).state_name == "Resuming"
    state = continue_run(paused_and_killed.waits, root(home), home, runtimes.runtime(), retry=False)

    assert state.result() == "after"
    assert parts() == ["before", "after"]


def test_a_subflow_waits_for_its_own_leave(killed, parts):
    """That the parent is continued is no leave for the subflow's pause, and the leave given meanwhile is kept."""
    home = killed("calls")
    (inner,) = [run for run in home.store.find_flow_runs() if run.is_subflow_run]
    assert (root(home).state_name, inner.state_name) == ("Crashed", "Paused")

    resume_flow_run(UUID(inner.id))
    state = continue_run(paused_and_killed.calls, root(home), home, runtimes.runtime(), retry=False)

    assert state.result() == "after"
    assert parts() == ["outside", "before", "after"]
    assert len(home.store.subflow_runs(root(home).id)) == 1


def test_a_subflow_without_leave_pauses_again(killed, parts):
    home = killed("calls")

    state = continue_run(paused_and_killed.calls, root(home), home, runtimes.runtime(), retry=False)

    assert state.is_failed()
    assert "nobody resumed it in time" in state.message
    assert parts() == ["outside", "before"]
