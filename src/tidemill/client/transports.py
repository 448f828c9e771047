"""Requests that need no socket: to this process's home, and to an ASGI application."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import httpx

from tidemill.client.base import app_lifespan_context
from tidemill.journal.errors import ApplyStoppedError

if TYPE_CHECKING:
    from tidemill.api.client.transport import Reply, Transport
    from tidemill.api.recorder import JournalRecorder
    from tidemill.client.base import ASGIApp
    from tidemill.engine.runtime import Recorder

_PREFIX = "/api"
OWN_RECORDS_SECONDS = 1.0


class HomeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Asks the store of this process's home, after everything that runs of this process have recorded so far."""

    def __init__(self, operations: Transport, recorder: Recorder) -> None:
        self._operations = operations
        self._recorder = recorder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, in the caller's thread."""
        return _response(self._reply(request, request.read()))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, in a thread of its own."""
        body = await request.aread()
        return _response(await asyncio.to_thread(self._reply, request, body))

    def _reply(self, request: httpx.Request, body: bytes) -> Reply:
        self._recorder.wait_applied()
        target = request.url.raw_path.decode("ascii").removeprefix(_PREFIX)
        return self._operations.send(request.method, target, body, dict(request.headers))


class AppTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Asks an ASGI application, which lives on an event loop of its own from the first request until it is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._asgi = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 0))
        self._app = app
        self._life = AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer; the caller waits."""
        loop = self._running()
        return asyncio.run_coroutine_threadsafe(self._answer(request, request.read()), loop).result()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer; the caller's event loop goes on."""
        body = await request.aread()
        loop = await asyncio.to_thread(self._running)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._answer(request, body), loop))

    async def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        answer = await self._asgi.handle_async_request(asked)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="tidemill-app", daemon=True)
                self._thread.start()
                begun = self._life.enter_async_context(app_lifespan_context(self._app))
                try:
                    asyncio.run_coroutine_threadsafe(begun, self._loop).result()
                except BaseException:
                    self.close()
                    raise
            return self._loop

    def close(self) -> None:
        """End the application."""
        loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._life.aclose(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()

    async def aclose(self) -> None:
        """End the application; the caller's event loop goes on."""
        await asyncio.to_thread(self.close)


def _response(reply: Reply) -> httpx.Response:
    return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)


def own_records(url: str) -> JournalRecorder | None:
    """Where runs of this process are recorded, if that is at this server, and it does not have everything by now."""
    engine = sys.modules.get("tidemill.engine.runtime")  # who has run nothing has recorded nothing
    here = None if engine is None else engine.opened()
    if here is None or getattr(getattr(here.ledger, "store", None), "where", None) != url.rstrip("/"):
        return None
    recorder: JournalRecorder = here.recorder
    return recorder if recorder.progress().waiting else None


def wait_for(recorder: JournalRecorder) -> None:
    """Wait until the server has what was recorded so far; no longer than a second, since it may be away."""
    with suppress(ApplyStoppedError):
        recorder.wait_applied_for(OWN_RECORDS_SECONDS)


def waiting_hooks(url: str, *, awaiting: bool) -> list[Any]:
    """What httpx does before each request: whoever asks is told of what its own process has just recorded, too."""

    def before(_: httpx.Request) -> None:
        if (recorder := own_records(url)) is not None:
            wait_for(recorder)

    async def abefore(_: httpx.Request) -> None:
        if (recorder := own_records(url)) is not None:
            await asyncio.to_thread(wait_for, recorder)

    return [abefore if awaiting else before]


def home_transport() -> HomeTransport:
    """To the home that runs of this process are recorded in, opened if need be.

    Raises ConfigurationError where its store belongs to a server.
    """
    from tidemill.engine.runtime import runtime  # noqa: PLC0415 - opens the home

    here: Any = runtime()
    return HomeTransport(_operations(here), here.recorder)


def _operations(here: Any) -> Transport:
    from tidemill.exceptions import ConfigurationError  # noqa: PLC0415 - as below
    from tidemill.server.in_process import InProcess  # noqa: PLC0415 - all operations; clients of a server do without
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above
    from tidemill.store.store import Store  # noqa: PLC0415 - as above

    store = here.ledger.store
    whole = getattr(store, "whole", None)  # processes that run flows hold no more of a store than they need
    store = store if whole is None else whole()
    if not isinstance(store, Store):
        raise ConfigurationError(f"{store!r} has no operations of its own: set TIDEMILL_API_URL to its server's API")
    return InProcess(store, here.clock, get_current_settings())
