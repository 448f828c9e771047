"""A server as a process: the store opened, the application in front of it, until somebody ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import uvicorn

from tidemill.encryption import open_key_ring
from tidemill.exceptions import ConfigurationError
from tidemill.server.app import App
from tidemill.server.auth.first_start import StartRefused
from tidemill.server.auth.setting_up import set_up_guard
from tidemill.server.calls import Keeping
from tidemill.server.services.every import every_service
from tidemill.settings import get_current_settings
from tidemill.store.configured import open_server_store
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from tidemill.server.services.service import Service
    from tidemill.settings import Settings
    from tidemill.store.store import Store

#: Streams and sockets that are open when the server stops have so long to end by themselves.
_FAREWELL_SECONDS: Final = 5
#: What may stand around the largest event.
_FRAME_BYTES: Final = 65_536


def keeping_of(settings: Settings, store: Store, *, host: str, **words: bool) -> Keeping:
    """The guard and the keys of a server that listens on ``host``; ``words`` as in ``set_up_guard``.

    Raises ConfigurationError where it must not start like that, saying what to do.
    """
    ring = open_key_ring(settings.home, settings.server.encryption_key, sealed=store.sealing_keys())
    guarded = set_up_guard(settings, store, ring, host=host, **words)
    if isinstance(guarded, StartRefused):
        raise ConfigurationError(f"{guarded.message} {guarded.hint}")
    return Keeping(guarded, ring)


def services_of(settings: Settings, store: Store) -> list[Service]:
    """What a server of this store does by itself. Processes that run flows share a home's own database only."""
    shared = store.where == str(settings.home / "tidemill.db")
    return every_service(settings, settings.home / "journal" if shared else None)


def run_server(
    settings: Settings | None = None, *, host: str | None = None, port: int | None = None, services: bool = True
) -> None:
    """Serve the home's store until the process is told to end. ``services``: run background services, too."""
    settings = settings or get_current_settings()
    host = host or settings.server.api.host
    with open_server_store(settings) as store:
        background = services_of(settings, store) if services else ()
        app = App(store, SystemClock(), settings, keeping_of(settings, store, host=host), background)
        uvicorn.Server(configured(app, settings, host, port or settings.server.api.port)).run()


def configured(app: App, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """How the application is served: what stands between it and the network."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="on",
        proxy_headers=False,
        ws="websockets-sansio",
        ws_ping_interval=settings.server.api.websocket_ping_interval,
        ws_ping_timeout=settings.server.api.websocket_ping_timeout,
        ws_max_size=settings.server.events.maximum_size_bytes + _FRAME_BYTES,
        timeout_graceful_shutdown=_FAREWELL_SECONDS,
    )
