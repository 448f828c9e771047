"""Runs of other processes: killed, resumed, interrupted, watched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = str(Path(sys.modules["tidemill"].__file__).parents[1])
FLOWS = Path(__file__).with_name("flows_for_tests.py")
pytestmark = pytest.mark.machine

WAITS = """
import sys
from tidemill import flow, task

@task(log_prints=True)
def told(i: int) -> int:
    print("told", i)
    return i

@flow
def waits() -> int:
    first = told(1)
    print("ready", flush=True)
    sys.stdin.readline()
    return first + told(2)
"""

ASYNC = """
import asyncio
from tidemill import flow

@flow
async def waits():
    print("ready", flush=True)
    await asyncio.Event().wait()
"""

CROWDED = """
import sys
from threading import Event
from tidemill import flow, task

begun = Event()

@task(tags=["narrow"])
def pass_through():
    if not begun.is_set():
        begun.set()
        print("ready", flush=True)
        sys.stdin.readline()

@flow
def crowded():
    first = pass_through.submit()
    begun.wait()
    others = [pass_through.submit(), pass_through.submit()]
    for each in [first, *others]:
        each.result()
"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": PACKAGE, "EFFECTS": "effects", **more}


def tidemill(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tidemill", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment(**more), check=False)


def effects() -> list[str]:
    return Path("effects").read_text().splitlines()


@pytest.fixture(params=[pytest.param("as a script", marks=pytest.mark.thorough), "by tidemill run"])
def killed(request) -> str:
    """The id of a run that was killed with -9 within its fifth call, started in one of two ways."""
    script = Path(shutil.copy(FLOWS, "flows.py")).resolve()
    if request.param == "as a script":
        command = [sys.executable, str(script)]
    else:
        first = json.dumps({"n": 4, "first": {"x": 1, "kind": 1}})
        command = [sys.executable, "-m", "tidemill", "run", f"{script}:points", "--params", first]
    ended = subprocess.run(command, env=environment(DIE_AT="2"), capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    return str(request.param)


def test_a_killed_run_is_crashed_at_once_and_resume_completes_it_without_repeating(killed):
    (run,) = json.loads(tidemill("flow-run", "ls", "-o", "json").stdout)
    assert run["state_name"] == "Crashed"

    resumed = tidemill("flow-run", "resume", run["id"])

    assert resumed.returncode == 0, resumed.stderr
    assert effects() == [
        "make 0", "use 0", "make 1", "use 1", "make 2", "use 2", "use 2", "make 3", "use 3",
    ]  # fmt: skip
    (after,) = json.loads(tidemill("flow-run", "ls", "-o", "json").stdout)
    assert (after["id"], after["state_name"]) == (run["id"], "Completed")


def start(script: str) -> subprocess.Popen[str]:
    """A run that waits for a line after its first task."""
    Path("waits.py").write_text(script)
    process = subprocess.Popen(
        [sys.executable, "-m", "tidemill", "run", "waits.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_ctrl_c_ends_the_run_as_crashed_with_exit_code_130_and_it_can_be_resumed():
    process = start(WAITS)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate()

    assert process.returncode == 130, err
    assert "is Crashed" in out
    assert "Next: tidemill flow-run resume " in out
    resumed = subprocess.run(
        [sys.executable, "-m", "tidemill", "flow-run", "resume", "@last"],
        input="\n", capture_output=True, text=True, env=environment(), check=False,
    )  # fmt: skip
    assert resumed.returncode == 0, resumed.stderr
    assert "told 2" in resumed.stderr
    assert "told 1" not in resumed.stderr


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_sigterm_ends_the_run_as_crashed_with_exit_code_143(kind):
    waiting = WAITS if kind == "sync" else ASYNC
    process = start(waiting)

    process.send_signal(signal.SIGTERM)
    out, err = process.communicate()

    assert process.returncode == 143, err
    assert "is Crashed" in out
    assert "Next: tidemill flow-run resume " in out
    assert "Finished as Crashed" in err


def test_deleting_a_run_that_goes_on_is_told_what_that_means():
    process = start(WAITS)

    deleted = tidemill("flow-run", "delete", "@last", "--yes")
    process.communicate("\n")

    assert deleted.returncode == 0
    assert deleted.stderr.startswith("It was Running. ")
    assert tidemill("flow-run", "ls").stdout == ""


def test_why_names_the_limit_that_is_full_once():
    tidemill("gcl", "create", "tag:narrow", "--limit", "1")
    process = start(CROWDED)
    full = "Concurrency limit 'tag:narrow' is full: 1 of 1 slots are taken"

    told = ""
    while told.count("AwaitingConcurrencySlot") < 2:  # each look takes half a second; the two are about to come
        told = tidemill("why", "@last").stdout
    process.communicate("\n")

    assert told.count(full) == 1
    assert "Try: tidemill global-concurrency-limit update tag:narrow --limit 2" in told
    assert process.returncode == 0


def test_a_run_of_another_process_can_be_watched_but_not_taken_over():
    process = start(WAITS)
    assert process.stdin is not None

    refused = tidemill("flow-run", "resume", "@last")
    late = tidemill("flow-run", "watch", "@last", "--timeout", "0")
    explained = tidemill("why", "@last")
    watching = subprocess.Popen(
        [sys.executable, "-u", "-m", "tidemill", "flow-run", "watch", "@last"],
        stdout=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert watching.stdout is not None
    begun = watching.stdout.readline()
    process.communicate("\n")
    rest, _ = watching.communicate()

    assert (refused.returncode, "is Running in process" in refused.stderr) == (1, True)
    assert (late.returncode, "is still Running after 0 s" in late.stderr) == (1, True)
    assert f"Process {process.pid} on " in explained.stdout
    assert begun.endswith(" Running\n")
    assert "Beginning flow run" in rest
    assert "told 2" in rest
    assert "is Completed" in rest
    assert (process.returncode, watching.returncode) == (0, 0)


def test_a_flow_runs_while_the_server_is_away_and_says_who_tells_it_later(monkeypatch):
    shutil.copy(FLOWS, "flows.py")
    monkeypatch.setenv("TIDEMILL_API_URL", "http://127.0.0.1:9/api")

    told = tidemill("run", "flows.py:points")

    assert told.returncode == 0
    assert "The run is Completed, and the server cannot be told now." in told.stderr
