"""One trivial task mapped over a range."""

from __future__ import annotations

from typing import Any

from benchmarks.loops import metrics, rate_of
from benchmarks.row import Figures, Row


def script(package: Any, count: int) -> Figures:
    return rate_of(package, count, lambda _, add, size: add.map(range(size)).result())


ROW = Row("mapped trivial tasks", metrics(">= 8 000"), inside=script, ours={"count": 10_000}, peer={"count": 300})
