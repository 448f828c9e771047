"""The samples, by which other tests go through all operations; that each is answered, ``test_query_budget.py`` sees."""

from __future__ import annotations

from tests.server.samples import SAMPLES, every_sample


def test_samples_are_of_operations_that_are_served():
    assert set(SAMPLES) <= set(every_sample())
