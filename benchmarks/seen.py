"""What a reader of the store's file sees, and when."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """How many at first look, and after how long all; None where they did not come."""

    at_once: int
    seconds: float | None


def count(side: Side, home: Path, query: str) -> int:
    """The number that the query gives on the side's database, 0 where there is none yet."""
    database = home / f".{side.package}" / side.database
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return int(connection.execute(query).fetchone()[0])


def until_counted(side: Side, home: Path, query: str, expected: int, give_up_after: float = PATIENCE_SECONDS) -> Seen:
    """Look until the expected number is there, or no more has come for a while."""
    began = moved = perf_counter()
    at_once = now = count(side, home, query)
    while now < expected and perf_counter() - moved < give_up_after:
        sleep(0.02)
        before, now = now, count(side, home, query)
        moved = perf_counter() if now > before else moved
    return Seen(at_once, perf_counter() - began if now >= expected else None)
