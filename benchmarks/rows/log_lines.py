"""20 000 log lines of one task, until the process ended, and how many can be read then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row
from benchmarks.seen import until_counted

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Side

LINES = "SELECT count(*) FROM log WHERE message LIKE 'benchmark line %'"
SCRIPT = """
import sys
from pathlib import Path
from time import perf_counter
from {package} import flow, get_run_logger, task

@task
def talk(lines: int):
    logger = get_run_logger()
    for number in range(lines):
        logger.info("benchmark line %d", number)

@flow
def talking(lines: int):
    talk(lines)

talking(0)
began = perf_counter()
talking(int(sys.argv[1]))
Path("seconds").write_text(str(perf_counter() - began))
"""


def measure(side: Side, template: Path | None, lines: int) -> Figures:
    with side.home(template) as home:
        script = home / "talking.py"
        script.write_text(SCRIPT.format(package=side.package))
        ended = side.run([str(side.python), str(script), str(lines)], home)
        seen = until_counted(side, home, LINES, expected=lines)
        flow_seconds = float((home / "seconds").read_text())
    return {
        "flow s": flow_seconds,
        "s per 20 000 lines": flow_seconds * 20_000 / lines,
        "process s": ended.seconds,
        "% readable at once": 100 * seen.at_once / lines,
        "seconds until all": seen.seconds,
    }


ROW = Row(
    "log lines in a task",
    {
        "s per 20 000 lines": Metric("s", budget="<= 1"),
        "process s": Metric("s"),
        "% readable at once": Metric("%", "higher", "100"),
        "seconds until all": Metric("s"),
    },
    outside=measure,
    ours={"lines": 20_000},
    peer={"lines": 5_000},
    repeats=3,
)
