"""A local run that is killed (SIGKILL): how long until a command on the same home shows it as crashed."""

from __future__ import annotations

import signal
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row
from benchmarks.seen import count
from benchmarks.sides import RowFailedError, Side, end_group

if TYPE_CHECKING:
    from pathlib import Path

CRASHED = "SELECT count(*) FROM flow_run WHERE state_type = 'CRASHED'"
SCRIPT = """
import time
from pathlib import Path
from {package} import flow, task

@task
def wait():
    Path("inside").touch()
    time.sleep(600)

@flow
def waiting():
    wait()

waiting()
"""


def measure(side: Side, template: Path | None, patience: float) -> Figures:
    with side.home(template) as home:
        script = home / "waiting.py"
        script.write_text(SCRIPT.format(package=side.package))
        with (home / "output").open("wb") as output:
            process = side.start([str(side.python), str(script)], home, output)
        began = perf_counter()
        while not (home / "inside").exists():
            if process.poll() is not None or perf_counter() - began > 120:
                raise RowFailedError("the run did not come into its task")
            sleep(0.02)
        sleep(1)  # a run that is recorded late shall be recorded
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed = perf_counter()
        seconds = None
        while seconds is None and perf_counter() - killed < patience:
            side.run([side.command, "flow-run", "ls"], home)
            seconds = perf_counter() - killed if count(side, home, CRASHED) else None
        end_group(process.pid)
    return {"seconds": seconds}


ROW = Row(
    "killed run shown as crashed (one `flow-run ls` after another)",
    {"seconds": Metric("s", budget="at once")},
    outside=measure,
    ours={"patience": 40},
    repeats=3,
)
