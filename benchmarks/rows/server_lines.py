"""Log lines and events sent to a server over REST, many to a request as clients send them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from benchmarks.http_load import load
from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

BATCH = 200


def measure(side: Side, template: Path | None, count: int) -> Figures:
    with served(side, template) as server:
        run, now = str(uuid4()), datetime.now(UTC).isoformat()
        line = {"name": "load", "level": 20, "message": "a line of usual length, as tasks write it", "timestamp": now}
        logs = [("POST", "/logs/", [line | {"flow_run_id": run}] * BATCH)] * (count // BATCH)
        told = load(server.port, logs, connections=4)
        events = load(server.port, [("POST", "/events", _events(now)) for _ in range(count // BATCH)], connections=4)
        return {"log lines/s": told.rate * BATCH, "events/s": events.rate * BATCH}


def _events(now: str) -> list[dict[str, object]]:
    resource = {"prefect.resource.id": "load.thing"}
    return [{"event": "load.happened", "id": str(uuid4()), "occurred": now, "resource": resource} for _ in range(BATCH)]


ROW = Row(
    "log lines and events sent over REST",
    {
        "log lines/s": Metric("/s", "higher", ">= 25 000"),
        "events/s": Metric("/s", "higher", ">= 25 000"),
    },
    outside=measure,
    ours={"count": 100_000},
    peer={"count": 4_000},
    repeats=3,
)
