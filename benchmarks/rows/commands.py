"""`X version` and `X --help`, whole processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side


def measure(side: Side, template: Path | None) -> Figures:
    with side.home(template) as home:
        version = side.run([side.command, "version"], home)
        shown = side.run([side.command, "--help"], home)
    return {"version s": version.seconds, "--help s": shown.seconds, "version MiB": version.rss_mib}


ROW = Row(
    "commands",
    {
        "version s": Metric("s", budget="<= 0.15"),
        "--help s": Metric("s", budget="<= 0.15"),
        "version MiB": Metric("MiB"),
    },
    outside=measure,
)
