"""A flow whose process dies while it is paused; run as ``python -m tests.faults.paused_and_killed HOME FLOW``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import tidemill.engine.runtime as runtimes
from tidemill import flow, pause_flow_run, task
from tidemill.api.embedded import Home
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.system.clock import JumpingClock


class DeadlyClock(JumpingClock):
    """Whoever waits, dies."""

    def sleep(self, seconds: float) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@task
def part(name: str) -> str:
    with Path(os.environ["PARTS"]).open("a") as parts:
        parts.write(f"{name}\n")
    return name


@flow
def waits() -> str:
    part("before")
    pause_flow_run(timeout=3600)
    return part("after")


@flow
def calls() -> str:
    part("outside")
    return waits()


if __name__ == "__main__":
    runtimes.use(runtime_of(Home(Path(sys.argv[1]), DeadlyClock()), EngineSettings()))
    {"waits": waits, "calls": calls}[sys.argv[2]]()
