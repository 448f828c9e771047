"""How many task runs can be seen in the store right after the flow's process ended, and when all can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row
from benchmarks.seen import until_counted

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

DONE = "SELECT count(*) FROM task_run WHERE state_type = 'COMPLETED'"
SCRIPT = """
import sys
from {package} import flow, task

@task
def add(number: int) -> int:
    return number + 1

@flow
def many(size: int):
    for number in range(size):
        add(number)

many(int(sys.argv[1]))
"""


def measure(side: Side, template: Path | None, count: int) -> Figures:
    with side.home(template) as home:
        before = until_counted(side, home, DONE, expected=0, give_up_after=0).at_once if template else 0
        script = home / "many.py"
        script.write_text(SCRIPT.format(package=side.package))
        side.run([str(side.python), str(script), str(count)], home)
        seen = until_counted(side, home, DONE, expected=before + count)
    return {"% at once": 100 * (seen.at_once - before) / count, "seconds until all": seen.seconds}


ROW = Row(
    "task runs visible after the process ended",
    {"% at once": Metric("%", "higher", "100"), "seconds until all": Metric("s", budget="<= 0.5")},
    outside=measure,
    ours={"count": 1_000},
    peer={"count": 300},
)
