"""Entries of runs' journals sent to a server, as processes elsewhere send them. Only ours has such a thing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

from benchmarks.http_load import load
from benchmarks.row import Figures, Metric, Row
from benchmarks.served import served
from benchmarks.sides import RowFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

TASKS_IN_A_BATCH = 1000
PRODUCERS = 2


def measure(side: Side, template: Path | None, count: int) -> Figures:
    if side.name != "tidemill":
        raise RowFailedError("it has no journal")
    with served(side, template) as server:
        batches = count // (2 * TASKS_IN_A_BATCH * PRODUCERS)
        sent = [_batch(producer, number) for number in range(batches) for producer in _PRODUCERS]
        told = load(server.port, [("POST", "/tm/journal", batch) for batch in sent], connections=PRODUCERS, keep=True)
        if told.share_of_errors or not all("applied_seq" in answer for answer in told.answers):
            raise RowFailedError(f"refused: {told.statuses}")
        return {"entries/s": told.rate * 2 * TASKS_IN_A_BATCH}


_PRODUCERS = [str(uuid4()) for _ in range(PRODUCERS)]


def _batch(producer: str, number: int) -> dict[str, object]:
    """Task runs outside of flows, each begun and ended: two entries for each."""
    from tidemill.domain.entries import TaskRunEnded, TaskRunStarted, encode

    entries: list[object] = []
    for place in range(TASKS_IN_A_BATCH):
        run, at = str(uuid4()), 1_700_000_000_000_000 + place
        begun = TaskRunStarted("", run, None, "add-0", "add", str(place), [], {}, at, at, 1)
        ended = TaskRunEnded("", run, "COMPLETED", "Completed", None, at + 900, 1, 900, "2")
        entries += [[TaskRunStarted.kind, json.loads(encode(begun))], [TaskRunEnded.kind, json.loads(encode(ended))]]
    first = number * len(entries) + 1
    return {
        "producer": producer,
        "first_seq": first,
        "last_seq": first + len(entries) - 1,
        "roots": {},
        "entries": entries,
    }


ROW = Row(
    "entries of journals sent to a server",
    {"entries/s": Metric("/s", "higher", ">= 30 000")},
    outside=measure,
    ours={"count": 120_000},
    repeats=3,
)
