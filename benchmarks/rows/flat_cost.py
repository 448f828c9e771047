"""What one task costs among 100, 10 000 and 100 000 of the same run, everything in the store.

A run of 100 tasks is over before the store has begun with them: measured inside the flow, such tasks look cheaper than
those of a long run, which share their cores with the store's work. So whole processes are timed, which end when all is
stored, and what the same number of runs of one task takes is taken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.row import Figures, Metric, Row

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.sides import Ended, Side

SCRIPT = """
import logging
import sys
from {package} import flow, task

logging.disable(logging.CRITICAL)

@task
def add(number: int) -> int:
    return number + 1

@flow
def many(size: int):
    for number in range(size):
        add(number)

for _ in range(int(sys.argv[1])):
    many(int(sys.argv[2]))
"""


def measure(side: Side, template: Path | None, few: list[int], more: list[int], most: list[int]) -> Figures:
    def run(runs: int, size: int) -> Ended:
        with side.home(template) as home:
            script = home / "many.py"
            script.write_text(SCRIPT.format(package=side.package))
            return side.run([str(side.python), str(script), str(runs), str(size)], home)

    def cost(runs: int, size: int) -> tuple[float, Ended]:
        whole, ends = run(runs, size), run(runs, 1)
        return (whole.seconds - ends.seconds) / (runs * (size - 1)) * 1e6, whole

    (of_few, _), (of_more, _), (of_most, largest) = cost(*few), cost(*more), cost(*most)
    return {
        "us a task, few": of_few,
        "us a task, more": of_more,
        "us a task, most": of_most,
        "most : few": of_most / of_few,
        "peak MiB": largest.rss_mib,
    }


ROW = Row(
    "flat cost (few, more, most = runs x tasks)",
    {
        "us a task, few": Metric("us"),
        "us a task, more": Metric("us"),
        "us a task, most": Metric("us"),
        "most : few": Metric("x", budget="<= 1.2"),
        "peak MiB": Metric("MiB", budget="<= 150"),
    },
    outside=measure,
    ours={"few": [100, 100], "more": [1, 10_000], "most": [1, 100_000]},
    peer={"few": [4, 25], "more": [1, 100], "most": [1, 500]},
    repeats=3,
)
