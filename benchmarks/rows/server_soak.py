"""A server under a mixed load for ten minutes: what it weighs after the first quarter, and at the end."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

from benchmarks.http_load import load
from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

PACE = 40


def measure(side: Side, template: Path | None, seconds: float) -> Figures:
    with served(side, template) as server:
        flow = load(server.port, [("POST", "/flows/", {"name": "soak"})], connections=1, keep=True).answers[0]["id"]
        began, early, wrong = perf_counter(), 0.0, 0.0
        while (passed := perf_counter() - began) < seconds:
            wrong = max(wrong, _round(server.port, flow))
            if not early and passed > seconds / 4:
                early = server.rss_mib()
        return {"grown MiB": server.rss_mib() - early, "MiB": server.rss_mib(), "failed": wrong}


def _round(port: int, flow: str) -> float:
    """Some of everything; the share of answers that were the server's fault."""
    now = datetime.now(UTC).isoformat()
    create = ("POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}})
    made = load(port, [create] * PACE, keep=True)
    runs = [answer["id"] for answer in made.answers if "id" in answer]
    line = {"name": "soak", "level": 20, "message": "a line", "timestamp": now}
    event = {"event": "soak", "occurred": now, "resource": {"prefect.resource.id": "soak"}}
    mixed = [("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "RUNNING"}}) for run in runs]
    mixed += [("POST", "/logs/", [line | {"flow_run_id": run}]) for run in runs]
    mixed += [("POST", "/events", [event | {"id": str(uuid4())}]) for _ in runs]
    mixed += [("POST", "/flow_runs/filter", {"limit": 50}), ("POST", "/flow_runs/count", {})]
    mixed += [("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "COMPLETED"}}) for run in runs]
    return max(made.share_of_errors, load(port, mixed).share_of_errors)


ROW = Row(
    "a server under a mixed load for ten minutes",
    {
        "grown MiB": Metric("MiB", budget="flat"),
        "MiB": Metric("MiB"),
        "failed": Metric("", budget="0"),
    },
    outside=measure,
    ours={"seconds": 600},
    peer={"seconds": 60},
    repeats=1,
)
