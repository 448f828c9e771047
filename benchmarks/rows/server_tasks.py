"""Flows of trivial tasks that are recorded by a server on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

SCRIPT = """
import json, sys
from time import perf_counter
from {package} import flow, task

@task
def add(number):
    return number + 1

@flow
def in_turn(count):
    began = perf_counter()
    for number in range(count):
        add(number)
    return perf_counter() - began

@flow
def mapped(count):
    began = perf_counter()
    add.map(range(count)).result()
    return perf_counter() - began

in_turn(1)
count = {count}
print(json.dumps([count / in_turn(count), count / mapped(count)]))
"""


def measure(side: Side, template: Path | None, count: int) -> Figures:
    with served(side, template) as server, side.home() as home:
        script = home / "tasks.py"
        script.write_text(SCRIPT.format(package=side.package, count=count))
        variable = f"{side.package.upper()}_API_URL={server.url}"
        ended = side.run(["/usr/bin/env", variable, str(side.python), str(script)], home)
        said = next(line for line in reversed(ended.output.splitlines()) if line.startswith("["))
        in_turn, mapped = json.loads(said)
        return {"sequential/s": in_turn, "mapped/s": mapped}


ROW = Row(
    "trivial tasks recorded by a server on loopback",
    {
        "sequential/s": Metric("tasks/s", "higher", ">= 5 000"),
        "mapped/s": Metric("tasks/s", "higher", ">= 5 000"),
    },
    outside=measure,
    ours={"count": 10_000},
    peer={"count": 200},
    repeats=3,
)
