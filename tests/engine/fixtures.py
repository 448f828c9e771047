from __future__ import annotations

import logging
import random

import pytest

from tests.engine.record import Record
from tidemill.api.embedded import Home
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings, stop_using, use
from tidemill.system.clock import JumpingClock


@pytest.fixture
def home(tmp_path):
    """A home of the test's own, on the machine's clock."""
    home = Home(tmp_path / "home")
    yield home
    home.close()


@pytest.fixture
def runtime(home):
    """What runs of the test are recorded with."""
    chosen = runtime_of(home, EngineSettings())
    token = use(chosen)
    yield chosen
    stop_using(token)


@pytest.fixture
def clock():
    """A clock that only waiting moves."""
    return JumpingClock()


@pytest.fixture
def still_runtime(tmp_path, clock):
    """As ``runtime``, with a clock that jumps instead of waiting, and chance that repeats itself."""
    home = Home(tmp_path / "still", clock)
    chosen = runtime_of(home, EngineSettings())
    chosen.chance = random.Random(7)
    token = use(chosen)
    yield chosen
    stop_using(token)
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
