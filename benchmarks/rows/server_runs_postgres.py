"""As ``server_runs``, with the database in a PostgreSQL on the same machine, as it comes.

The peer needs an extension that ours has not, so it gets the machine's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.databases import found_here, from_registry
from benchmarks.row import Figures, Row
from benchmarks.rows.server_runs import made_and_set, metrics
from benchmarks.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side


def measure(side: Side, template: Path | None, count: int, warm_up: int) -> Figures:
    postgres = found_here if side.name == "peer" else from_registry
    with postgres() as database, served(side, template, database=database) as server:
        return made_and_set(server, count, warm_up)


ROW = Row(
    "the same on PostgreSQL (the peer: on the machine's own)",
    metrics(">= 1 000"),
    outside=measure,
    ours={"count": 4000, "warm_up": 500},
    peer={"count": 300, "warm_up": 20},
    repeats=3,
)
