"""The three drivers leave the same journal, whatever the program."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.programs import normal, programs, run_async, run_simulated, run_sync
from tidemill.engine.drivers.simulated import DeadlockError, MachineDied, SimulatedLoop

few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def quiet():
    """Failures are part of the programs: nobody wants to read their tracebacks."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@given(program=programs(), seed=st.integers(0, 1000))
@few
def test_the_drivers_agree(program, seed):
    with tempfile.TemporaryDirectory() as name:
        homes = Path(name)
        one = run_sync(program, homes / "sync")
        two = run_async(program, homes / "async")
        three = run_simulated(program, homes / "simulated", seed)

    assert one.value == two.value == three.value
    assert normal(one.entries) == normal(two.entries)
    assert normal(one.entries) == normal(three.entries)


@given(program=programs(), seed=st.integers(0, 1000))
@settings(few, max_examples=6)
def test_the_same_seed_gives_the_same_trace(program, seed):
    with tempfile.TemporaryDirectory() as name:
        first = run_simulated(program, Path(name) / "first", seed)
        second = run_simulated(program, Path(name) / "second", seed)

    def seen(outcome):
        return [(us, kind, sorted(normal([(kind, payload)]).items())) for us, kind, payload in outcome.trace]

    assert seen(first) == seen(second)


@given(program=programs(depth=2), data=st.data())
@settings(few, max_examples=6)
def test_a_machine_that_dies_leaves_a_beginning_of_the_journal(program, data):
    with tempfile.TemporaryDirectory() as name:
        whole = run_simulated(program, Path(name) / "whole", 1)
        at = data.draw(st.integers(1, len(whole.trace)))
        cut = run_simulated(program, Path(name) / "cut", 1, dies_before=at)

    assert isinstance(cut.value, MachineDied)
    assert [kind for _, kind, _ in cut.trace] == [kind for _, kind, _ in whole.trace[: at - 1]]


def test_a_world_where_nobody_can_go_on_says_so():
    loop = SimulatedLoop(0, 0)

    async def forever():
        await loop.create_future()

    with pytest.raises(DeadlockError):
        loop.run_until_complete(forever())
