"""What one task costs among 100, 10 000 and 100 000 of the same run."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from benchmarks.row import Figures, Metric, Row


def script(package: Any, counts: list[int]) -> Figures:
    @package.task
    def add(number: int) -> int:
        return number + 1

    @package.flow
    def many(size: int) -> float:
        began = perf_counter()
        for number in range(size):
            add(number)
        return perf_counter() - began

    many(1)
    cost = {count: many(count) / count * 1e6 for count in counts}
    named = zip(("few", "more", "most"), counts, strict=True)
    return {f"us a task, {name}": cost[count] for name, count in named} | {
        "most : few": cost[counts[-1]] / cost[counts[0]]
    }


ROW = Row(
    "flat cost (few, more, most = the counts)",
    {
        "us a task, few": Metric("us"),
        "us a task, more": Metric("us"),
        "us a task, most": Metric("us"),
        "most : few": Metric("x", budget="<= 1.2"),
        "peak MiB": Metric("MiB", budget="<= 150"),
    },
    inside=script,
    ours={"counts": [100, 10_000, 100_000]},
    peer={"counts": [50, 100, 500]},
    repeats=3,
)
