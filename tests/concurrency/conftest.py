"""A home of its own for each test, and the limits in it."""

from __future__ import annotations

import pytest

from tidemill.api.embedded import Home
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import from_us
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings, replace_process_runtime


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    before = replace_process_runtime(runtime_of(home, EngineSettings()))
    yield home
    replace_process_runtime(before)
    home.close()


@pytest.fixture
def limit(home):
    """Make a limit."""

    def make(name: str, slots: int, decay: float = 0.0, *, active: bool = True) -> None:
        now = home.clock.now_us()
        made = ConcurrencyLimit(
            id=f"id-{name}",
            name=name,
            limit=slots,
            active_slots=0,
            created=from_us(now),
            updated=from_us(now),
            active=active,
            slot_decay_per_second=decay,
        )
        home.store.create_limit(made, now)

    return make


@pytest.fixture
def taken(home):
    """How many slots of a limit are taken."""
    return lambda name: home.store.read_limit(name, home.clock.now_us()).active_slots
