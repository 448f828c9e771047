"""The table of figures: which rows there are, and that each can be measured. What they measure is no test's business."""

from __future__ import annotations

import pytest

import tidemill
from benchmarks.__main__ import all_rows
from benchmarks.sides import PEER_REQUIREMENTS
from benchmarks.sides import tidemill as this_side

#: The rows of the speed budget that the embedded engine answers for, and those of the server.
OWNED = {
    "import_time", "commands", "footprint", "first_flow", "sequential", "submitted", "mapped", "gathered", "visible",
    "subflows", "flow_runs", "large_value", "log_lines", "killed", "flat_cost", "harness",
    "server_idle", "server_runs", "server_filters", "server_lines", "server_tasks", "server_journal", "server_soak",
    "server_full", "server_runs_postgres",
}  # fmt: skip
FEW = {"count": 3, "counts": [1, 2, 3], "tasks": 2, "mib": 1, "lines": 3}
#: The whole process's, which whoever starts it adds.
OF_THE_PROCESS = {"peak MiB", "process s"}
ROWS = all_rows()


def sizes(name: str) -> dict:
    return {size: FEW[size] for size in ROWS[name].ours}


def test_every_row_of_the_budget_is_there():
    assert set(ROWS) == OWNED
    assert [name for name, row in ROWS.items() if not any(metric.budget for metric in row.metrics.values())] == []


def test_the_peer_is_the_one_of_the_budget():
    assert PEER_REQUIREMENTS == ("prefect==3.8.8", "fastapi==0.150.0", "sqlalchemy<2.1")


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.inside is not None])
def test_a_row_measures_what_it_says(tidemill_harness, name):
    figures = ROWS[name].inside(tidemill, **sizes(name))

    assert set(ROWS[name].metrics) - OF_THE_PROCESS <= set(figures)


@pytest.mark.machine
@pytest.mark.parametrize("name", ["commands", "first_flow", "import_time", "log_lines", "visible"])
def test_a_row_of_whole_processes_measures_what_it_says(name):
    figures = ROWS[name].outside(this_side(), None, **sizes(name))

    assert set(ROWS[name].metrics) <= set(figures)
    assert None not in figures.values()
