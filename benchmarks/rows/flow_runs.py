"""Empty flows, called one after another."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.row import Figures, Metric, Row


def script(package: Any, count: int) -> Figures:
    @package.flow
    def empty(number: int) -> int:
        return number

    empty(0)
    began = perf_counter()
    for number in range(count):
        empty(number)
    return {"flow runs/s": count / (perf_counter() - began)}


ROW = Row(
    "flow runs",
    {"flow runs/s": Metric("flow runs/s", "higher", ">= 2 000"), "peak MiB": Metric("MiB")},
    inside=script,
    ours={"count": 5_000},
    peer={"count": 10},
)
