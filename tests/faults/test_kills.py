"""A process is killed at every journal entry of a sample flow, and at what the journal and the store do besides.

Covers F1, F2, F3, F4 and F22 as far as kills go; invariants I1 to I6, I8 and I10 are checked after each.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PARTS = 8
#: Seeds, and of how many kills one is done. Four in a row have each way of keeping the journal once; the first two are
#: those that have nothing in common.
SAMPLES = [
    *((seed, 47) for seed in (0, 3)),
    *(pytest.param(seed, 47, marks=pytest.mark.thorough) for seed in (1, 2)),
    *(pytest.param(seed, 23, marks=pytest.mark.thorough) for seed in (2, 4, 5, 6, 7)),
]
#: The seeds of the full figure: journals mapped and plain, waiting for the disk and not, the flow failing once or not.
SEEDS = "0,1,3"
SUMMARY = re.compile(r"kills=(\d+) cases=(\d+) seeds=(\d+) failures=(\d+) seconds=([\d.]+)")

pytestmark = pytest.mark.machine


def campaign(*arguments: str) -> int:
    """Run a campaign in a process that nothing else lives in, since it forks; gives how many were killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.run", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/src:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    summary = SUMMARY.search(done.stdout)
    assert summary is not None, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
    return int(summary[1])


@pytest.mark.parametrize(("seed", "every"), SAMPLES)
def test_f2_f3_f4_killed_here_and_there_the_flow_is_finished_by_others(seed, every, record_property):
    kills = campaign("--seeds", str(seed), "--every", str(every))

    record_property("faults:kills", kills)
    assert kills > 4


@pytest.mark.thorough
@pytest.mark.parametrize("part", range(PARTS))
def test_f2_f3_f4_killed_at_every_entry_the_flow_is_finished_by_others(part, record_property):
    kills = campaign("--seeds", SEEDS, "--part", f"{part}/{PARTS}")

    record_property("faults:kills", kills)
    assert kills > 60


def test_kills_that_once_showed_a_fault_show_none_now():
    campaign("--remembered")
