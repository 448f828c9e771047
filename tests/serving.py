"""A server with a socket, within the test's process."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from threading import Thread

from tidemill.server.app import App
from tidemill.server.running import Ending, configured, keeping_of
from tidemill.settings import Settings
from tidemill.system.clock import SystemClock


class _Server(Ending):
    def install_signal_handlers(self) -> None: ...


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(store, *, port: int = 0, clock=None, settings=None):
    """Serve a store; gives the URL of the API."""
    port = port or free_port()
    settings = settings or Settings()
    app = App(store, clock or SystemClock(), settings, keeping_of(settings, store, host="127.0.0.1"))
    server = _Server(configured(app, settings, "127.0.0.1", port))
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    thread = Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.005)
        yield f"http://127.0.0.1:{port}/api"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
