"""Trivial tasks called one after another in one flow."""

from __future__ import annotations

from typing import Any

from benchmarks.loops import metrics, rate_of
from benchmarks.row import Figures, Row


def script(package: Any, count: int) -> Figures:
    return rate_of(package, count, lambda _, add, size: [add(number) for number in range(size)])


ROW = Row("sequential trivial tasks", metrics(">= 10 000"), inside=script, ours={"count": 10_000}, peer={"count": 300})
