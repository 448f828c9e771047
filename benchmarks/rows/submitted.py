"""Trivial tasks submitted to the default runner, then all waited for."""

from __future__ import annotations

from typing import Any

from benchmarks.loops import metrics, rate_of
from benchmarks.row import Figures, Row


def submit_all(_package: Any, add: Any, size: int) -> list[int]:
    futures = [add.submit(number) for number in range(size)]
    return [future.result() for future in futures]


def script(package: Any, count: int) -> Figures:
    return rate_of(package, count, submit_all)


ROW = Row("submitted trivial tasks", metrics(">= 8 000"), inside=script, ours={"count": 10_000}, peer={"count": 300})
