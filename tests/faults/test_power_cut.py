"""F14: a power cut loses nothing that was acknowledged."""

from __future__ import annotations

import pytest

from .power_cut import cut_once, run_power_cuts

SLICES = 8
FULL = 2000
SAMPLE = 40


@pytest.mark.faults
@pytest.mark.parametrize("part", range(SLICES))
def test_f14_what_was_acknowledged_survives_a_power_cut(part, full_faults, record_property):
    cuts = (FULL if full_faults else SAMPLE) // SLICES
    record_property("faults:power cuts", cuts)
    run_power_cuts(cuts, first_seed=part * cuts)


def test_f14_the_cuts_fall_on_every_part_of_the_work(tmp_path):
    counts = {cut_once(seed, tmp_path / str(seed)) for seed in range(100, 112)}
    assert len(counts) > 5
