"""A run that is asked to leave its process: what tests of that ask for."""

from __future__ import annotations

import pytest

import tidemill.engine.runtime as runtimes
from tests.engine.leaving.asking import suspend_from_elsewhere, this_root
from tidemill.engine.continuing import continue_run


@pytest.fixture
def home(beating_home):
    return beating_home


@pytest.fixture
def only(home):
    def read():
        home.recorder.wait_applied()
        (run,) = [run for run in home.store.find_flow_runs() if not run.is_subflow_run]
        return run

    return read


@pytest.fixture
def go_on(home, only):
    return lambda of, **how: continue_run(of, only(), home, runtimes.runtime(), retry=False, **how)


@pytest.fixture
def ends(home):
    def read():
        home.recorder.wait_applied()
        return sorted((run.name.split("-")[0], run.state_name) for run in home.store.find_task_runs())

    return read


@pytest.fixture
def done():
    return []


@pytest.fixture
def ask():
    """Asks once; when the code runs again, it does not."""
    asked = []

    def once(**how):
        if not asked:
            asked.append(True)
            suspend_from_elsewhere(this_root(), **how)

    return once
