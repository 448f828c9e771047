"""Runs that pause and suspend, in a real home under a clock that jumps."""

from __future__ import annotations

import pytest

import tidemill.engine.runtime as runtimes
from tidemill import flow, suspend_flow_run, task
from tidemill.api.embedded import Home
from tidemill.engine.continuing import continue_run
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.system.clock import JumpingClock


class EventfulClock(JumpingClock):
    """While somebody sleeps, the next of what is to happen happens."""

    def __init__(self) -> None:
        super().__init__()
        self.to_happen = []

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.to_happen:
            self.to_happen.pop(0)()


@pytest.fixture
def clock():
    return EventfulClock()


@pytest.fixture
def home(tmp_path, clock):
    opened = Home(tmp_path / "home", clock)
    token = runtimes.use(runtime_of(opened, EngineSettings()))
    yield opened
    runtimes.stop_using(token)
    opened.close()


@pytest.fixture
def only(home):
    """The one root run there is, as it stands."""

    def read():
        home.recorder.wait_applied()
        (run,) = [run for run in home.store.find_flow_runs() if not run.is_subflow_run]
        return run

    return read


@pytest.fixture
def path(home, only):
    """The names of the states it went through."""
    return lambda: [state.name for state in home.store.flow_run_states(only().id)]


@pytest.fixture
def go_on(home, only):
    """What `flow-run resume` or `flow-run retry` does with a flow."""

    def go(of, *, retry: bool = False):
        return continue_run(of, only(), home, runtimes.runtime(), retry=retry)

    return go


@pytest.fixture
def steps():
    return []


@pytest.fixture
def two_parts(steps):
    told = [lambda *_: steps.append("hook")]

    @task
    def part(name):
        steps.append(name)
        return name

    @flow(on_failure=told, on_crashed=told, on_completion=[lambda *_: steps.append("completed")])
    def two_parts():
        part("first")
        suspend_flow_run(timeout=3600)
        return part("second")

    return two_parts
