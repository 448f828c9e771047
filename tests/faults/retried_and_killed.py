"""A flow that is tried again while its server is away, and whose process dies in that attempt.

Run as ``python -m tests.faults.retried_and_killed HOME URL``.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import tidemill.engine.runtime as runtimes
from tidemill import flow, task
from tidemill.api.remote.home import RemoteHome
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings


def noted(name: str) -> str:
    with Path(os.environ["PARTS"]).open("a") as parts:
        parts.write(f"{name}\n")
    return name


@task
def part(name: str) -> str:
    return noted(name)


@flow
def below() -> str:
    return part("below")


@flow(retries=1)
def tried_again() -> str:
    before = part("first") + below()
    noted("attempt")
    if Path(os.environ["PARTS"]).read_text().count("attempt") == 1:
        raise ValueError("the first attempt fails")
    if os.environ.get("DIES"):
        os.kill(os.getpid(), signal.SIGKILL)
    return before + part("last")


if __name__ == "__main__":
    runtimes.use(runtime_of(RemoteHome(Path(sys.argv[1]), sys.argv[2]), EngineSettings()))
    tried_again()
