from __future__ import annotations

import pytest

from tidemill.api.embedded import Home
from tidemill.engine import runtime as runtimes
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings


class Lines:
    """A home in use, and what was logged in it."""

    def __init__(self, home, settings=None):
        self.home = home
        self.runtime = runtime_of(home, settings or EngineSettings())

    def all(self, logger=None):
        self.runtime.recorder.wait_applied()
        return [line for line in self.home.store.read_logs(limit=-1) if logger is None or line.name == logger]

    def messages(self, logger=None):
        return [line.message for line in self.all(logger)]

    def of_users(self):
        """Without what the engine says about the runs."""
        engine = ("Beginning flow run", "Finished as")
        return [line for line in self.all() if not line.message.startswith(engine)]


@pytest.fixture
def lines(tmp_path):
    home = Home(tmp_path / "home")
    found = Lines(home)
    token = runtimes.use(found.runtime)
    yield found
    runtimes.stop_using(token)
    home.close()
