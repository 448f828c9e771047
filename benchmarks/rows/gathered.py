"""Trivial async tasks gathered in an async flow."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

from benchmarks.loops import metrics
from benchmarks.row import Figures, Row


def script(package: Any, count: int) -> Figures:
    @package.task
    async def add(number: int) -> int:
        return number + 1

    @package.flow
    async def many(size: int) -> float:
        began = perf_counter()
        values = await asyncio.gather(*(add(number) for number in range(size)))
        seconds = perf_counter() - began
        if values != list(range(1, size + 1)):
            raise AssertionError("a task gave back another value than its own")
        return seconds

    asyncio.run(many(1))
    began = perf_counter()
    inside = asyncio.run(many(count))
    whole = perf_counter() - began
    return {"tasks/s": count / inside, "tasks/s with the flow's ends": count / whole}


ROW = Row("gathered trivial tasks", metrics(">= 8 000"), inside=script, ours={"count": 10_000}, peer={"count": 300})
