"""Asking a server that has 100,000 flow runs of a month, with ten task runs each; ours alone can be filled so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from benchmarks.http_load import load
from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served
from benchmarks.sides import RowFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.http_load import Asked
    from benchmarks.sides import Side

RUNS_IN_A_BATCH = 100
TASKS = 10
DAY_US = 24 * 3600 * 1_000_000


def measure(side: Side, template: Path | None, runs: int, repeat: int) -> Figures:
    if side.name != "tidemill":
        raise RowFailedError("it would take days to fill")
    with served(side, template) as server:
        now = datetime.now(UTC)
        for begin in range(0, runs, 20 * RUNS_IN_A_BATCH):
            some = range(begin, min(begin + 20 * RUNS_IN_A_BATCH, runs), RUNS_IN_A_BATCH)
            told = load(
                server.port, [("POST", "/tm/journal", batch(first, runs, now)) for first in some], connections=1
            )
            if set(told.statuses) != {200}:
                raise RowFailedError(f"refused: {told.statuses}")
        return {
            name: load(server.port, [asked] * repeat, connections=1).p99_ms for name, asked in questions(now).items()
        }


def questions(now: datetime) -> dict[str, Asked]:
    """What is asked, by the name of its figure."""
    failed = {"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}}
    tagged = {"flow_runs": {"tags": {"all_": ["team-7"]}}, "sort": "START_TIME_DESC", "limit": 50}
    nobody = {"flow_runs": {"tags": {"all_": ["nobody"]}}}
    return {
        "filter, p99 ms": ("POST", "/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 50}),
        "filter failed, p99 ms": ("POST", "/flow_runs/filter", failed | {"sort": "START_TIME_DESC", "limit": 50}),
        "filter tag, p99 ms": ("POST", "/flow_runs/filter", tagged),
        "filter tag of nobody, p99 ms": ("POST", "/flow_runs/filter", nobody | {"limit": 50}),
        "count, p99 ms": ("POST", "/flow_runs/count", {}),
        "count failed, p99 ms": ("POST", "/flow_runs/count", failed),
        "history of a day, p99 ms": ("POST", "/flow_runs/history", _history(now, days=1)),
        "history of a month, p99 ms": ("POST", "/flow_runs/history", _history(now, days=30)),
    }


def _history(now: datetime, *, days: int) -> dict[str, Any]:
    return {
        "history_start": (now - timedelta(days=days)).isoformat(),
        "history_end": now.isoformat(),
        "history_interval_seconds": days * 3600,
    }


def batch(first: int, of: int, now: datetime) -> dict[str, object]:
    """Some runs, from the number ``first`` on, each begun and ended, with its task runs."""
    entries = [
        [entry.kind, entry] for number in range(first, first + RUNS_IN_A_BATCH) for entry in _run(number, of, now)
    ]
    from tidemill.domain.entries import encode

    return {
        "producer": str(uuid4()),
        "first_seq": 1,
        "last_seq": len(entries),
        "roots": {entry.root: 1 for _, entry in entries},
        "entries": [[kind, json.loads(encode(entry))] for kind, entry in entries],
    }


def _run(number: int, of: int, now: datetime) -> Iterator[Any]:
    from tidemill.domain.entries import FlowRunCreated, FlowRunStateSet, RootHeld, TaskRunEnded, TaskRunStarted
    from tidemill.domain.identity import flow_id

    run, flow = str(uuid4()), f"flow-{number % 20}"
    at = int(now.timestamp() * 1_000_000) - 30 * DAY_US + number * (30 * DAY_US // of)
    end = ("FAILED", "Failed") if number % 50 == 0 else ("COMPLETED", "Completed")
    yield RootHeld(run, 1)
    yield FlowRunCreated(
        run, run, flow_id("default", flow), flow, f"run-{number}", None, {"x": number}, [f"team-{number % 30}"], at
    )
    yield FlowRunStateSet(run, run, 0, str(uuid4()), "RUNNING", "Running", None, at, 1)
    for place in range(TASKS):
        task = str(uuid4())
        yield TaskRunStarted(run, task, run, f"add-{place}", "add", str(place), [], {}, at, at, 1)
        yield TaskRunEnded(run, task, "COMPLETED", "Completed", None, at + 900, 1, 900, "2")
    yield FlowRunStateSet(run, run, 1, str(uuid4()), *end, None, at + 1_000_000, 1)


ROW = Row(
    "asking for flow runs where there are 100,000, and 1,000,000 task runs",
    {name: Metric("ms", budget="<= 20") for name in questions(datetime.now(UTC))},
    outside=measure,
    ours={"runs": 100_000, "repeat": 300},
    repeats=1,
)
