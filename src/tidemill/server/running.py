"""A server as a process: the store opened, the application in front of it, until somebody ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from tidemill.encryption import open_key_ring
from tidemill.server.app import App
from tidemill.settings import get_current_settings
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from tidemill.settings import Settings


def run_server(settings: Settings | None = None, *, host: str | None = None, port: int | None = None) -> None:
    """Serve the home's store until the process is told to end."""
    settings = settings or get_current_settings()
    with SqliteStore.open(settings.home / "tidemill.db") as store:
        ring = open_key_ring(settings.home, settings.server.encryption_key, store.sealing_keys())
        config = uvicorn.Config(
            App(store, SystemClock(), settings, ring),
            host=host or settings.server.api.host,
            port=port or settings.server.api.port,
            log_level="warning",
            access_log=False,
            lifespan="on",
        )
        uvicorn.Server(config).run()
