"""`from X import flow, task`: time and memory beyond a bare interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side


def measure(side: Side, template: Path | None) -> Figures:
    with side.home(template) as home:
        bare = side.run([str(side.python), "-c", "pass"], home)
        loaded = side.run([str(side.python), "-c", f"from {side.package} import flow, task"], home)
    return {"seconds": loaded.seconds - bare.seconds, "MiB": loaded.rss_mib - bare.rss_mib, "RSS MiB": loaded.rss_mib}


ROW = Row(
    "import flow, task (beyond bare Python)",
    {"seconds": Metric("s", budget="<= 0.08"), "MiB": Metric("MiB"), "RSS MiB": Metric("MiB", budget="<= 30")},
    outside=measure,
    repeats=9,
)
