"""The first flow in a fresh home, whole process, and the second in the same home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

SCRIPT = """
from {package} import flow, task

@task
def add(number: int) -> int:
    return number + 1

@flow
def first():
    return add(1)

if first() != 2:
    raise SystemExit("the flow gave back another value than its own")
"""


def measure(side: Side, _template: Path | None) -> Figures:
    with side.home() as home:
        script = home / "first.py"
        script.write_text(SCRIPT.format(package=side.package))
        command = [str(side.python), str(script)]
        first, second = side.run(command, home), side.run(command, home)
    return {"first s": first.seconds, "second s": second.seconds, "peak MiB": first.rss_mib}


ROW = Row(
    "first flow in a fresh home, whole process",
    {"first s": Metric("s", budget="<= 0.4"), "second s": Metric("s"), "peak MiB": Metric("MiB")},
    outside=measure,
)
