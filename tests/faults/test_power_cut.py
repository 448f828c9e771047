"""F14: a power cut loses nothing that was acknowledged."""

from __future__ import annotations

import pytest

from .power_cut import PowerCut, cut_once, run_power_cuts  # noqa: F401 - PowerCut names what the disk raises


@pytest.mark.parametrize("seed", range(30))
def test_f14_what_was_acknowledged_survives_a_power_cut(seed, tmp_path):
    cut_once(seed, tmp_path)


def test_f14_the_cuts_fall_on_every_part_of_the_work(tmp_path):
    counts = {cut_once(seed, tmp_path / str(seed)) for seed in range(100, 112)}
    assert len(counts) > 5
