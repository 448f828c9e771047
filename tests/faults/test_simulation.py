"""Random programs on simulated machines that die, sleep past their lease, and cannot write.

Covers F2, F3, F4, F5 and F7 as far as one process's engine goes; invariants I2 to I6, I8 and I10.
"""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from tests.faults.remembered import seeds_of
from tests.faults.simulation import complaints_of, simulated

PARTS = 8
FULL = 2000
SAMPLE = 32


@pytest.fixture
def quiet():
    """Failures are part of the programs."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("part", range(PARTS))
def test_f2_f3_f5_f7_whatever_happens_to_its_machines_a_program_comes_to_its_value(part, full_faults, record_property):
    seeds = (FULL if full_faults else SAMPLE) // PARTS

    record_property("faults:seeds", seeds)
    assert complaints_of(part * seeds, seeds) == []


def test_seeds_that_once_showed_a_fault_show_none_now():
    assert [line for seed in seeds_of("simulation") for line in complaints_of(seed, 1)] == []


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_trace(seed, quiet):
    def traces() -> list:
        history, _ = simulated(seed)
        return [(life.trace, life.begun, repr(life.value), life.faults) for life in history.lives]

    assert traces() == traces()


@pytest.mark.thorough
def test_the_seeds_meet_every_kind_of_fault_and_of_waiting(quiet):
    met: Counter[str] = Counter()
    for seed in range(40):
        history, _ = simulated(seed)
        met.update(history.harmed)
        met[history.program.waits] += 1
        met["more lives than one"] += len(history.lives) > 1
        met["found finished"] += any(life.finished_before for life in history.lives)
        met["late reports"] += bool(history.store.late_reports())

    wanted = "dies_before dies_at_turn refuses busy comes_late pause suspend".split()
    assert not {*wanted, "more lives than one", "found finished", "late reports"} - set(+met)
