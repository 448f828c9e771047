"""Embedded means that: no port, no process beside the user's own, nothing outside the home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import tidemill

PROGRAM = """
import sys

REFUSED = ("socket.bind", "socket.connect", "subprocess.", "os.fork", "os.posix_spawn", "os.system", "os.exec")
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith(REFUSED) else None)

import asyncio
from tidemill import flow, task


@task(retries=1)
def add(n):
    return n + 1


@task
async def aadd(n):
    return n + 1


@flow(log_prints=True)
def plain():
    print("plain")
    return sum(add.map(range(3)).result()) + add.submit(add(1)).result()


@flow
async def waiting():
    return sum(await asyncio.gather(*(aadd(n) for n in range(3))))


assert plain() == 9
assert asyncio.run(waiting()) == 6
assert seen == [], seen
"""


def test_a_run_opens_no_port_and_starts_no_process(tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    (here / "program.py").write_text(PROGRAM)
    home = tmp_path / "user"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMILL_")}
    environment |= {
        "HOME": str(home),
        "PYTHONPATH": str(Path(tidemill.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    told = subprocess.run(
        [sys.executable, "program.py"], cwd=here, env=environment, capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stderr
    assert [path.name for path in here.iterdir()] == ["program.py"]
    assert [path.name for path in home.iterdir()] == [".tidemill"]
