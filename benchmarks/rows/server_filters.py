"""Asking a server for flow runs, of which it has many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.http_load import load
from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side


def measure(side: Side, template: Path | None, runs: int, repeat: int) -> Figures:
    with served(side, template) as server:
        flow = load(server.port, [("POST", "/flows/", {"name": "load"})], connections=1, keep=True).answers[0]["id"]
        create = ("POST", "/flow_runs/", {"flow_id": flow, "tags": ["load"], "state": {"type": "PENDING"}})
        load(server.port, [create] * runs)
        now = datetime.now(UTC)
        history = {
            "history_start": (now - timedelta(days=1)).isoformat(),
            "history_end": now.isoformat(),
            "history_interval_seconds": 3600,
        }
        many = load(server.port, [("POST", "/flow_runs/filter", {"limit": 200})] * repeat, connections=16)
        return {
            "200 runs, /s": many.rate,
            "200 runs, failed": many.share_of_errors,
            "50 runs, ms": _median_ms(server.port, ("POST", "/flow_runs/filter", {"limit": 50}), repeat),
            "count, ms": _median_ms(server.port, ("POST", "/flow_runs/count", {}), repeat),
            "history, ms": _median_ms(server.port, ("POST", "/flow_runs/history", history), repeat),
        }


def _median_ms(port: int, asked: tuple[str, str, object], repeat: int) -> float | None:
    each = load(port, [asked] * repeat, connections=1).each
    return median(each) * 1000 if each else None


ROW = Row(
    "asking for flow runs",
    {
        "200 runs, /s": Metric("/s", "higher", ">= 200"),
        "200 runs, failed": Metric("", budget="0"),
        "50 runs, ms": Metric("ms", budget="5"),
        "count, ms": Metric("ms", budget="1"),
        "history, ms": Metric("ms", budget="10"),
    },
    outside=measure,
    ours={"runs": 20_000, "repeat": 200},
    peer={"runs": 500, "repeat": 20},
    repeats=3,
)
