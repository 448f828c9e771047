"""Several processes share a limit: never more than it at once, nothing left at the end, nothing lost by a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tidemill.concurrency.sync import concurrency

pytestmark = pytest.mark.machine

WORKER = """
import sys, os
from pathlib import Path
from threading import Thread
from tidemill.concurrency.sync import concurrency

inside = Path(sys.argv[1])

def work(number):
    for turn in range(5):
        with concurrency("db"):
            mark = inside / f"{os.getpid()}-{number}"
            mark.touch()
            seen = len(os.listdir(inside))
            mark.unlink()
            print(seen, flush=True)

threads = [Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
HOLDER = """
import sys
from tidemill.concurrency.sync import concurrency
with concurrency("db", holder={"type": "flow_run", "id": "f-1"}):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def start(home):
    """Start Python code in a process of its own, in the test's home."""
    started = []
    environment = {
        "TIDEMILL_HOME": str(home.path),
        "PYTHONPATH": ":".join([str(Path(__file__).parents[2] / "src"), *filter(None, sys.path)]),
        "PATH": "",
    }

    def begin(code: str, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_never_more_than_the_limit_among_processes(start, limit, taken, tmp_path):
    limit("db", 2)
    inside = tmp_path / "inside"
    inside.mkdir()

    workers = [start(WORKER, str(inside)) for _ in range(3)]
    seen = [int(line) for worker in workers for line in worker.communicate(timeout=100)[0].split()]

    assert (len(seen), max(seen) <= 2, taken("db")) == (45, True, 0)


def test_the_slots_of_a_killed_process_come_free(start, limit, taken):
    limit("db", 1)
    holder = start(HOLDER)
    assert holder.stdout.readline() == "held\n"

    with pytest.raises(TimeoutError, match=f"flow_run:f-1 in process {holder.pid} "):
        with concurrency("db", timeout_seconds=0.01):
            pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with concurrency("db", timeout_seconds=60):
        inside = taken("db")

    assert (inside, taken("db")) == (1, 0)


def test_a_forked_child_does_not_give_back_its_parents_slots(limit, taken):
    limit("db", 1)
    block = concurrency("db")

    with block:
        child = os.fork()
        if child == 0:
            block.__exit__(None, None, None)
            os._exit(0)
        os.waitpid(child, 0)
        inside = taken("db")

    assert (inside, taken("db")) == (1, 0)
