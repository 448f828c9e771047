"""Figures as a person reads them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.row import Figures, Metric, Row


def values(runs: Sequence[Figures], metric: str) -> list[float]:
    """The figure's values over the repeats in which there was one."""
    return [value for run in runs if (value := run.get(metric)) is not None]


def spread(runs: Sequence[Figures], metric: str) -> str:
    """Median (least to most); how many repeats had no value is said."""
    found = values(runs, metric)
    if not runs:
        return "-"
    if not found:
        return "never"
    missing = f", {len(runs) - len(found)}x never" if len(found) < len(runs) else ""
    if len(found) == 1:
        return f"{number(found[0])}{missing}"
    return f"{number(median(found))} ({number(min(found))} to {number(max(found))}{missing})"


def number(value: float) -> str:
    """Three digits that matter, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def ratio(metric: Metric, ours: Sequence[float], peers: Sequence[float]) -> str:
    """How many times better we are; below 1 we are worse."""
    if not ours or not peers:
        return "-"
    mine, theirs = median(ours), median(peers)
    if metric.better == "lower":
        mine, theirs = theirs, mine
    return f"{mine / theirs:.3g}x" if theirs else "-"


def lines(row: Row, sides: dict[str, list[Figures]]) -> list[str]:
    """The row's lines: a metric each."""
    widths = (26, 34, 34, 9)
    found = []
    for name, metric in row.metrics.items():
        mine, theirs = sides.get("tidemill", []), sides.get("peer", [])
        cells = [
            name,
            spread(mine, name),
            spread(theirs, name),
            ratio(metric, values(mine, name), values(theirs, name)),
        ]
        text = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        bare = f"  bare {spread(sides['bare'], name)}" if "bare" in sides else ""
        found.append(f"  {text}  {metric.budget}{bare}".rstrip())
    return found


def header() -> str:
    """What the columns are."""
    cells = zip(("figure", "tidemill: median (least to most)", "peer", "ratio"), (26, 34, 34, 9), strict=True)
    return "  " + "  ".join(cell.ljust(width) for cell, width in cells) + "  budget"
