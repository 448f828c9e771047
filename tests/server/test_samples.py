"""The samples, by which other tests go through all operations, are what they say: valid, and one for each."""

from __future__ import annotations

import pytest

from tests.server.samples import REFUSED, SAMPLES, every_sample
from tests.server.world import a_world


def test_samples_are_of_operations_that_are_served():
    assert set(SAMPLES) <= set(every_sample())


@pytest.mark.parametrize("name", every_sample())
def test_every_sample_is_answered(name):
    with a_world() as world:
        said = world.ask(name, every_sample()[name])

    assert said.status in ({REFUSED[name]} if name in REFUSED else range(200, 300)), said
