"""A server with nothing to do: how soon it answers, what it weighs, what it computes all the same."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side


def measure(side: Side, template: Path | None, settle: float, watch: float) -> Figures:
    with served(side, template) as server:
        sleep(settle)
        before = server.cpu_seconds()
        sleep(watch)
        busy = (server.cpu_seconds() - before) / watch
        return {"ready s": server.ready_seconds, "idle MiB": server.rss_mib(), "idle CPU %": 100 * busy}


ROW = Row(
    "a server with nothing to do",
    {
        "ready s": Metric("s", budget="<= 0.8"),
        "idle MiB": Metric("MiB", budget="<= 80"),
        "idle CPU %": Metric("%", budget="<= 0.5"),
    },
    outside=measure,
    ours={"settle": 3, "watch": 20},
    peer={"settle": 20, "watch": 20},
    repeats=3,
)
