"""Nasty input against what there is without a server: journals, the store, flows and the command line.

Covers F14 (harmed journals) and F23.
"""

from __future__ import annotations

import pytest

from tests.faults.fuzzing import SURFACES, complaints_of
from tests.faults.remembered import seeds_of

PARTS = 2
#: How many of the full figure each surface gets: what is cheap to try is tried more often.
FULL = {"journal": 12_000, "store": 6_000, "flows": 1_000, "commands": 1_000}
SAMPLED = 50


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("surface", SURFACES)
def test_f23_nasty_input_is_taken_or_refused_and_nothing_breaks(surface, part, full_faults, record_property):
    inputs = FULL[surface] // (1 if full_faults else SAMPLED) // PARTS

    record_property("faults:fuzzed inputs", inputs)
    assert complaints_of(surface, part * inputs, inputs)[:5] == []


@pytest.mark.parametrize("surface", SURFACES)
def test_inputs_that_once_showed_a_fault_show_none_now(surface):
    assert [line for seed in seeds_of(surface) for line in complaints_of(surface, seed, 1)] == []
