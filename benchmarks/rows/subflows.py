"""Empty subflows, called one after another in one flow."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.row import Figures, Metric, Row


def script(package: Any, count: int) -> Figures:
    @package.flow
    def child(number: int) -> int:
        return number

    @package.flow
    def parent(size: int) -> float:
        began = perf_counter()
        for number in range(size):
            child(number)
        return perf_counter() - began

    parent(1)
    return {"subflows/s": count / parent(count)}


ROW = Row(
    "subflows",
    {"subflows/s": Metric("subflows/s", "higher", ">= 2 000"), "peak MiB": Metric("MiB")},
    inside=script,
    ours={"count": 5_000},
    peer={"count": 10},
)
