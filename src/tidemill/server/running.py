"""A server as a process: the store opened, the application in front of it, until somebody ends it."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from tidemill.api.local_server import CannotStartError
from tidemill.encryption import open_key_ring
from tidemill.server.app import App
from tidemill.server.auth.first_start import StartRefused
from tidemill.server.auth.setting_up import set_up_guard
from tidemill.server.calls import Keeping
from tidemill.server.http.connection import Connection
from tidemill.server.live.protocol import WebSocketProtocol
from tidemill.server.logs import level_of_connections
from tidemill.server.opening import opened_store
from tidemill.server.services.every import every_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket

    from tidemill.server.auth.first_start import Start
    from tidemill.server.plan import Plan
    from tidemill.server.services.service import Service
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock

#: Streams and sockets that are open when the server stops have so long to end by themselves.
_FAREWELL_SECONDS: Final = 5
#: What may stand around the largest event.
_FRAME_BYTES: Final = 65_536


class Ending(uvicorn.Server):
    """Lets those go that wait for something to happen, before it waits for what is under way."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End in order."""
        app = self.config.app
        if isinstance(app, App):
            await app.let_go()
        await super().shutdown(sockets)


class _Server(Ending):
    """Tells when it answers, and ends in order on a signal, with all that is around it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()  # else they would be raised again, and nobody would close the store


def serve(
    plan: Plan, settings: Settings, clock: Clock, taken: socket, *, first: bool, ready: Callable[[Start], None]
) -> None:
    """Answer on a socket until the process is told to end. ``first``: of the processes that share it.

    Raises CannotStartError where it must not start like that.
    """
    with opened_store(settings, clock, first=first) as store:
        keeping = keeping_of(settings, store, **words_of(plan, settings))
        app = App(store, clock, settings, keeping, services_of(settings, store) if plan.services else ())
        host, port = taken.getsockname()[:2]
        server = _Server(configured(app, settings, host, port), lambda: ready(keeping.guarded.start))
        server.run([taken])


def words_of(plan: Plan, settings: Settings) -> dict[str, Any]:
    """What was said of who may come in, as ``keeping_of`` takes it."""
    return {
        "host": plan.host or settings.server.api.host,
        "require_auth": plan.require_auth,
        "insecure_no_auth": plan.insecure_no_auth,
    }


def keeping_of(settings: Settings, store: Store, *, host: str, **words: bool) -> Keeping:
    """The guard and the keys of a server that listens on ``host``; ``words`` as in ``set_up_guard``.

    Raises CannotStartError where it must not start like that, saying what to do.
    """
    ring = open_key_ring(settings.home, settings.server.encryption_key, sealed=store.sealing_keys())
    guarded = set_up_guard(settings, store, ring, host=host, **words)
    if isinstance(guarded, StartRefused):
        raise CannotStartError(guarded.message, guarded.hint)
    return Keeping(guarded, ring)


def configured(app: App, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """How the application is served: what stands between it and the network."""
    api = settings.server.api
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop" if find_spec("uvloop") else "auto",
        http=Connection,
        ws=WebSocketProtocol,
        ws_ping_interval=api.websocket_ping_interval,
        ws_ping_timeout=api.websocket_ping_timeout,
        ws_max_size=settings.server.events.maximum_size_bytes + _FRAME_BYTES,
        timeout_keep_alive=api.keepalive_timeout,
        timeout_graceful_shutdown=_FAREWELL_SECONDS,
        log_config=None,
        log_level=level_of_connections(settings),
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # who connects is who asks: the guard relies on it
    )


def services_of(settings: Settings, store: Store) -> list[Service]:
    """What a server of this store does by itself. Processes that run flows share a home's own database only."""
    shared = store.where == str(settings.home / "tidemill.db")
    return every_service(settings, settings.home / "journal" if shared else None)
