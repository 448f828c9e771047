"""A value of 50 MiB handed through 20 called tasks, beside the same loop with plain functions."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.row import Figures, Metric, Row

MIB = 1024 * 1024


def script(package: Any, tasks: int, mib: int) -> Figures:
    @package.task
    def stamp(value: bytes) -> bytes:
        return value.replace(b"\xff", b"\1", 1)  # a new value of the same size: one copy

    @package.flow
    def chain(length: int, size: int) -> float:
        value = b"\xff" * size  # not text, which the peer would hash in its slowest way
        began = perf_counter()
        for _ in range(length):
            value = stamp(value)
        seconds = perf_counter() - began
        if value.count(b"\1") != length:
            raise AssertionError("a task gave back another value than its own")
        return seconds

    chain(1, 1024)
    return {"seconds": chain(tasks, mib * MIB)}


ROW = Row(
    "50 MiB value through 20 tasks",
    {"seconds": Metric("s", budget="bare + 10 %"), "peak MiB": Metric("MiB", budget="bare + 150")},
    inside=script,
    ours={"tasks": 20, "mib": 50},
    with_bare=True,
)
