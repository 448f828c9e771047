"""F4, F12: a retry that begins while the server is away, in a process that is killed then: all of it is told by the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Event

import pytest

from tests.engine.fixtures import in_use
from tests.faults import retried_and_killed
from tests.serving import free_port, serving
from tidemill.api.remote.home import RemoteHome
from tidemill.engine.continuing import continue_run
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")


def root_of(store):
    return next((run for run in store.find_flow_runs() if not run.is_subflow_run), None)


def test_F12_a_retry_that_was_killed_while_the_server_was_away_is_told_and_gone_on_with(tmp_path, monkeypatch):
    parts, port = tmp_path / "parts", free_port()
    monkeypatch.setenv("PARTS", str(parts))
    url = f"http://127.0.0.1:{port}/api"
    command = [sys.executable, "-m", "tests.faults.retried_and_killed", str(tmp_path / "client"), url]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "DIES": "1"}
    died = subprocess.run(command, env=environment, check=False)
    assert died.returncode == -signal.SIGKILL
    assert parts.read_text().split() == ["first", "below", "attempt", "attempt"]

    with SqliteStore.open(tmp_path / "server.db") as store, serving(store, port=port):
        home = RemoteHome(tmp_path / "client", url)
        while (root := root_of(store)) is None or root.state_name != "Crashed":
            Event().wait(0.02)
        told = [state.name for state in store.flow_run_states(root.id)]
        assert told == ["Pending", "Running", "AwaitingRetry", "Retrying", "Crashed"]

        runtime = runtime_of(home, EngineSettings())
        with in_use(runtime):
            ended = continue_run(retried_and_killed.tried_again, root, home, runtime, retry=False)
        home.close()

    assert ended.result() == "firstbelowlast"
    assert parts.read_text().split() == ["first", "below", "attempt", "attempt", "attempt", "last"]
