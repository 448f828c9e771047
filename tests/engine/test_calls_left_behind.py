"""A body that ends while calls it began still run: ``gather`` gives up at the first failure, the others go on."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.engine.programs import START_US, surroundings
from tests.engine.record import Record
from tidemill import flow, task
from tidemill.engine.drivers.simulated import SimulatedClock, SimulatedLoop
from tidemill.engine.runtime import stop_using, use


class Bodies:
    """A slow task, a slow subflow, and a task that fails once; how many of each run at the same time."""

    def __init__(self):
        self.begun, self.now, self.most = Counter(), Counter(), Counter()
        self.failures = 1
        self.slow_task = task(name="slow")(self._slow)
        self.slow_flow = flow(name="sub")(self._slow)
        self.fails_once = task(name="fails")(self._fails)

    async def _slow(self, key):
        self.begun[key] += 1
        self.now[key] += 1
        self.most[key] = max(self.most[key], self.now[key])
        await asyncio.sleep(5)
        self.now[key] -= 1
        return key

    async def _fails(self):
        if self.failures:
            self.failures -= 1
            raise ValueError("once")
        return "well"

    async def all_of_them(self):
        return await asyncio.gather(self.slow_task("task"), self.slow_flow("flow"), self.fails_once())


@pytest.fixture
def bodies():
    return Bodies()


@pytest.fixture
def world():
    """A loop whose time is virtual."""
    return SimulatedLoop(1, START_US)


@pytest.fixture
def record(world, tmp_path):
    """What runs on that loop is recorded."""
    home, runtime = surroundings(tmp_path / "home", SimulatedClock(world))
    token = use(runtime)
    yield Record(home)
    stop_using(token)
    home.close()


def test_a_retried_flow_waits_for_the_calls_of_its_former_attempt(world, record, bodies):
    @flow(retries=1)
    async def around():
        return await bodies.all_of_them()

    assert world.run_until_complete(around()) == ["task", "flow", "well"]

    assert bodies.most == {"task": 1, "flow": 1}
    for run in record.task_runs():
        assert record.states(run)[-1] == "Completed"
    assert record.store.late_reports() == []


def test_so_does_a_retried_task(world, record, bodies):
    @task(retries=1)
    async def within():
        return await bodies.all_of_them()

    @flow
    async def around():
        return await within()

    assert world.run_until_complete(around()) == ["task", "flow", "well"]

    assert bodies.most == {"task": 1, "flow": 1}
    assert record.store.late_reports() == []


def test_and_for_those_that_a_call_of_it_left_behind(world, record, bodies):
    @flow(name="between")
    async def between():
        return await bodies.all_of_them()

    @flow(retries=1)
    async def around():
        return await between()

    assert world.run_until_complete(around()) == ["task", "flow", "well"]

    assert bodies.most == {"task": 1, "flow": 1}
    assert record.store.late_reports() == []


def test_what_completed_meanwhile_is_not_run_again_by_the_flow(world, record, bodies):
    @flow(retries=1)
    async def around():
        return await bodies.all_of_them()

    world.run_until_complete(around())

    assert bodies.begun == {"task": 1, "flow": 1}


def test_a_flow_that_is_not_retried_ends_at_once(world, record, bodies):
    @flow
    async def around():
        return await bodies.all_of_them()

    async def main():
        state = await around(return_state=True)
        running = dict(bodies.now)
        await asyncio.sleep(10)
        return state.name, running

    assert world.run_until_complete(main()) == ("Failed", {"task": 1, "flow": 1})
