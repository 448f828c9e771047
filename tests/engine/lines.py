from __future__ import annotations

from tidemill.engine.runtime import runtime


class Lines:
    """A home in use, and what was logged in it."""

    def __init__(self, home):
        self.home = home
        self.runtime = runtime()

    def all(self, logger=None):
        self.runtime.recorder.wait_applied()
        return [line for line in self.home.store.read_logs(limit=-1) if logger is None or line.name == logger]

    def messages(self, logger=None):
        return [line.message for line in self.all(logger)]

    def of_users(self):
        """Without what the engine says about the runs."""
        engine = ("Beginning flow run", "Finished as")
        return [line for line in self.all() if not line.message.startswith(engine)]
