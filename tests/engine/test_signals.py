"""A root flow that gets SIGINT or SIGTERM ends as Crashed, with all that was under way, and the exit code says why."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from tests.engine.record import Record
from tidemill import flow
from tidemill.api.embedded import Home

pytestmark = pytest.mark.machine

SYNC = """
    began = threading.Event()

    @task
    def forever(last):
        if last:
            began.wait()
            print("ready", flush=True)
        began.set()
        while True:
            time.sleep(0.01)

    @flow
    def child():
        forever(True)

    @flow(on_crashed=[lambda flow, run, state: print("hook", state.name, flush=True)])
    def root():
        forever.submit(False)
        get_run_logger().info("last words")
        child()

    root()
"""
ASYNC = """
    began = threading.Event()

    @task
    async def forever(last):
        if last:
            await asyncio.to_thread(began.wait)
            print("ready", flush=True)
        began.set()
        await asyncio.sleep(600)

    @flow
    async def child():
        await forever(True)

    @flow(on_crashed=[lambda flow, run, state: print("hook", state.name, flush=True)])
    async def root():
        forever.submit(False)
        get_run_logger().info("last words")
        await child()

    asyncio.run(root())
"""
GENERATOR = """
    @task
    def forever():
        print("ready", flush=True)
        time.sleep(600)

    @flow(on_crashed=[lambda flow, run, state: print("hook", state.name, flush=True)])
    def root():
        get_run_logger().info("last words")
        yield 1
        forever()

    list(root())
"""
ASYNC_GENERATOR = """
    @task
    async def forever():
        print("ready", flush=True)
        await asyncio.sleep(600)

    @flow(on_crashed=[lambda flow, run, state: print("hook", state.name, flush=True)])
    async def root():
        get_run_logger().info("last words")
        yield 1
        await forever()

    async def program():
        async for item in root():
            pass

    asyncio.run(program())
"""
BLOCKING_ITS_LOOP = """
    @flow
    def child():
        print("ready", flush=True)
        time.sleep(600)

    @task
    async def calls():
        child()

    @flow(on_crashed=[lambda flow, run, state: print("hook", state.name, flush=True)])
    async def root():
        get_run_logger().info("last words")
        await asyncio.gather(calls(), calls())

    asyncio.run(root())
"""
HEAD = "import asyncio, threading, time\nfrom tidemill import flow, task\nfrom tidemill.logging import get_run_logger\n"


@pytest.mark.parametrize(
    ("program", "number"),
    [
        pytest.param(SYNC, signal.SIGINT, id="sync SIGINT"),
        pytest.param(SYNC, signal.SIGTERM, id="sync SIGTERM"),
        pytest.param(ASYNC, signal.SIGINT, id="async SIGINT"),
        pytest.param(ASYNC, signal.SIGTERM, id="async SIGTERM"),
        pytest.param(GENERATOR, signal.SIGTERM, id="generator SIGTERM"),
        pytest.param(ASYNC_GENERATOR, signal.SIGTERM, id="async generator SIGTERM"),
        pytest.param(BLOCKING_ITS_LOOP, signal.SIGTERM, id="blocking its loop SIGTERM"),
    ],
)
def test_a_signal_ends_everything_under_way_as_crashed(tmp_path, number, program):
    script = tmp_path / "script.py"
    script.write_text(HEAD + textwrap.dedent(program))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TIDEMILL_HOME": str(tmp_path / "home")},
    )
    assert process.stdout.readline() == "ready\n"

    process.send_signal(number)
    out, err = process.communicate(timeout=60)

    assert out == "hook Crashed\n", err
    assert process.returncode in (128 + number, -number)
    home = Home(tmp_path / "home")
    record = Record(home)
    assert {run.state_name for run in record.flow_runs()} == {"Crashed"}
    assert {run.state_name for run in record.task_runs()} == {"Crashed"}
    assert "last words" in [line.message for line in record.store.read_logs()]
    home.close()


def test_a_flow_on_the_loop_of_another_thread_leaves_sigterm_to_the_main_one(runtime):
    first_is_over = threading.Event()

    @flow
    async def first():
        other.start()
        await asyncio.to_thread(began.wait)

    @flow
    async def second():
        began.set()
        await asyncio.to_thread(first_is_over.wait)

    began = threading.Event()
    here = contextvars.copy_context()
    other = threading.Thread(target=lambda: here.run(asyncio.run, second()))

    async def program():
        await first()
        first_is_over.set()
        await asyncio.to_thread(other.join)
        return signal.getsignal(signal.SIGTERM)

    assert asyncio.run(program()) is signal.SIG_DFL


FORKING = """
    def fork():
        pid = os.fork()
        if pid == 0:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(5)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    @flow
    {kind} root():
        print(fork(), flush=True)
        return 1

    print({call})
"""


@pytest.mark.parametrize(
    ("kind", "call"), [("def", "root()"), ("async def", "asyncio.run(root())")], ids=["sync", "async"]
)
def test_sigterm_ends_a_forked_child_at_once_and_does_not_reach_the_parent(tmp_path, kind, call):
    """A pool of processes ends its workers so, and waits for them."""
    script = tmp_path / "script.py"
    script.write_text(HEAD + "import os, signal\n" + textwrap.dedent(FORKING.format(kind=kind, call=call)))

    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "TIDEMILL_HOME": str(tmp_path / "home")},
        check=False,
    )

    assert done.stdout == f"{-signal.SIGTERM}\n1\n", done.stderr
    assert done.returncode == 0
