from __future__ import annotations

import logging
import random
from contextlib import contextmanager

import pytest

from tests.engine.lines import Lines
from tests.engine.record import Record
from tidemill.api.embedded import Home, Recording
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings, replace_process_runtime, stop_using, use
from tidemill.system.clock import JumpingClock


@contextmanager
def in_use(chosen):
    """What runs within the block are recorded with."""
    token = use(chosen)
    try:
        yield chosen
    finally:
        stop_using(token)


@contextmanager
def home_in_use(path, clock=None):
    """A home in which runs within the block are recorded."""
    home = Home(path, clock)
    try:
        with in_use(runtime_of(home, EngineSettings())):
            yield home
    finally:
        home.close()


@pytest.fixture
def home(tmp_path):
    """A home of the test's own, on the machine's clock."""
    home = Home(tmp_path / "home")
    yield home
    home.close()


@pytest.fixture
def runtime(home):
    """What runs of the test are recorded with."""
    with in_use(runtime_of(home, EngineSettings())) as chosen:
        yield chosen


@pytest.fixture
def beating_home(tmp_path):
    """A home that is this process's, in every thread, and looks for requests twenty times a second."""
    opened = Home(tmp_path / "home", recording=Recording(beat_seconds=0.05))
    before = replace_process_runtime(runtime_of(opened, EngineSettings()))
    yield opened
    replace_process_runtime(before)
    opened.close()


@pytest.fixture
def lines(tmp_path):
    """A home in use, and what was logged in it."""
    with home_in_use(tmp_path / "home") as home:
        yield Lines(home)


@pytest.fixture
def clock():
    """A clock that only waiting moves."""
    return JumpingClock()


@pytest.fixture
def still_runtime(tmp_path, clock):
    """As ``runtime``, with a clock that jumps instead of waiting, and chance that repeats itself."""
    home = Home(tmp_path / "still", clock)
    with in_use(runtime_of(home, EngineSettings())) as chosen:
        chosen.chance = random.Random(7).random
        yield chosen
    home.close()


@pytest.fixture
def record(runtime, home):
    """What the store has of the test's runs."""
    return Record(home)


@pytest.fixture
def said(caplog):
    """Messages logged so far."""
    caplog.set_level(logging.DEBUG, logger="tidemill")
    return lambda: [each.getMessage() for each in caplog.records]
