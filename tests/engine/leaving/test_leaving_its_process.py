"""A run in a process of its own, suspended from this one: its process ends, and another goes on with the run."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import UUID

import pytest

import tidemill.engine.runtime as runtimes
from tidemill.api.embedded import Home
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.flow_runs import suspend_flow_run

pytestmark = pytest.mark.machine

PROGRAM = """
import os, time
from tidemill import flow, task
from tidemill.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

@task
def step(number):
    os.write(1, b"%d\\n" % number)
    time.sleep(0.02)
    return number

@flow(task_runner={runner})
def root(steps=60):
    return sum({values})
"""
SYNC = PROGRAM.format(runner="None", values="map(step, range(steps))")
THREADS = PROGRAM.format(runner="ThreadPoolTaskRunner()", values="step.map(range(steps)).result()")
PROCESSES = PROGRAM.format(runner="ProcessPoolTaskRunner(max_workers=1)", values="step.map(range(steps)).result()")
MAIN = """
if __name__ == "__main__":
    root(return_state=True)
"""


@pytest.fixture
def home(tmp_path):
    opened = Home(tmp_path / "home")
    before = runtimes.replace_process_runtime(runtime_of(opened, EngineSettings()))
    yield opened
    runtimes.replace_process_runtime(before)
    opened.close()


@pytest.mark.parametrize(
    "program",
    [SYNC, pytest.param(THREADS, marks=pytest.mark.thorough), PROCESSES],
    ids=["sync", "threads", "processes"],
)
def test_another_process_leaves_and_a_third_goes_on(tmp_path, home, program):
    script = tmp_path / "script.py"
    script.write_text(program + MAIN)
    surroundings = {
        **os.environ,
        "TIDEMILL_HOME": str(home.path),
        "TIDEMILL_BEAT_SECONDS": "0.1",
        "TIDEMILL_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS": "2",
    }
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=surroundings)
    begun = []
    while not (runs := home.store.find_flow_runs()):
        begun.append(process.stdout.readline())
        assert begun[-1]

    suspend_flow_run(flow_run_id=UUID(runs[0].id))
    begun += process.stdout.readlines()
    process.stdout.close()

    assert process.wait(60) == 0
    (run,) = home.store.find_flow_runs()
    assert len(begun) < 60
    assert run.state_name == "Suspended"
    assert {each.state_name for each in home.store.find_task_runs(limit=-1)} == {"Completed"}
    assert len(home.store.find_task_runs(limit=-1)) == len(begun)

    again = subprocess.run(
        [sys.executable, "-m", "tidemill", "flow-run", "resume", run.id],
        capture_output=True,
        text=True,
        env=surroundings,
        timeout=100,
        check=False,
    )

    assert again.returncode == 0, again.stderr
    printed = [line for line in again.stdout.splitlines() if line.isdigit()]
    assert len(printed) == 60 - len(begun)
    assert home.store.read_flow_run(run.id).state_name == "Completed"
