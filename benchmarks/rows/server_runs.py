"""Flow runs made and their states set over REST, on 16 connections; the load generator shares the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.http_load import load
from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.served import Served
    from benchmarks.sides import Side


def measure(side: Side, template: Path | None, count: int, warm_up: int) -> Figures:
    with served(side, template) as server:
        return made_and_set(server, count, warm_up)


def made_and_set(server: Served, count: int, warm_up: int) -> Figures:
    """So many runs made, then each set to running."""
    flow = load(server.port, [("POST", "/flows/", {"name": "load"})], connections=1, keep=True).answers[0]["id"]
    create = ("POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}})
    load(server.port, [create] * warm_up)
    created = load(server.port, [create] * count, keep=True)
    running = {"state": {"type": "RUNNING"}}
    runs = [answer["id"] for answer in created.answers if "id" in answer]
    told = load(server.port, [("POST", f"/flow_runs/{run}/set_state", running) for run in runs])
    return {
        "created/s": created.rate,
        "create p99 ms": created.p99_ms,
        "create failed": created.share_of_errors,
        "states/s": told.rate,
        "state p99 ms": told.p99_ms,
        "state failed": told.share_of_errors,
    }


def metrics(rate: str) -> dict[str, Metric]:
    """What is measured, with the budget of both rates."""
    return {
        "created/s": Metric("/s", "higher", rate),
        "create p99 ms": Metric("ms", budget="<= 25"),
        "create failed": Metric("", budget="0"),
        "states/s": Metric("/s", "higher", rate),
        "state p99 ms": Metric("ms", budget="<= 25"),
        "state failed": Metric("", budget="0"),
    }


ROW = Row(
    "flow runs made, and states set, over REST",
    metrics(">= 3 000"),
    outside=measure,
    ours={"count": 8000, "warm_up": 500},
    peer={"count": 300, "warm_up": 20},
    repeats=3,
)
