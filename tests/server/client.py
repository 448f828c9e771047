"""Asks a server's application in process, as an HTTP server would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from threading import Thread
from typing import Any, NamedTuple

import msgspec

from tidemill.server.app import App
from tidemill.server.running import keeping_of
from tidemill.settings import Settings
from tidemill.system.clock import JumpingClock


class Said(NamedTuple):
    """What was answered."""

    status: int
    body: Any
    headers: dict[str, str]


class Client:
    """A running application, on an event loop of its own; ``clock`` jumps."""

    def __init__(self, store, settings: Settings | None = None, services=()) -> None:
        self.store = store
        self.clock = JumpingClock()
        settings = settings or Settings()
        self.app = App(store, self.clock, settings, keeping_of(settings, store, host="127.0.0.1"), services)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._lifespan: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        started = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        started.result(10)

    async def _start(self) -> None:
        begun = asyncio.Event()

        async def send(message):
            if message["type"] == "lifespan.startup.complete":
                begun.set()

        await self._lifespan.put({"type": "lifespan.startup"})
        self._life = asyncio.create_task(self.app({"type": "lifespan"}, self._lifespan.get, send))
        await begun.wait()

    def close(self) -> None:
        async def stop():
            await self._lifespan.put({"type": "lifespan.shutdown"})
            await self._life

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def spawn(self, coroutine):
        """Start something on the application's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(self, coroutine):
        """Do something on the application's loop."""
        return self.spawn(coroutine).result(30)

    def request(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Said:
        """``body``: bytes as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        return asyncio.run_coroutine_threadsafe(self._request(method, path, raw, headers or {}), self._loop).result(30)

    def together(self, requests: Iterable[tuple[str, str, Any]]) -> list[Said]:
        """Requests (method, path, body) that come while nobody else is asked: those that write become one group."""

        async def ask():
            raws = [
                (method, path, b"" if body is None else msgspec.json.encode(body)) for method, path, body in requests
            ]
            return await asyncio.gather(*(self._request(*request, {}) for request in raws))

        return self.run(ask())

    async def _request(self, method, path, raw, headers) -> Said:
        plain, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": plain,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 4200),
            "headers": [
                (name.lower().encode(), value.encode())
                for name, value in ({"host": "127.0.0.1:4200", "content-length": str(len(raw))} | headers).items()
            ],
        }
        told = []

        async def receive():
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message):
            told.append(message)

        await self.app(scope, receive, send)
        head, content = told[0], b"".join(message.get("body", b"") for message in told[1:])
        said = {name.decode(): value.decode() for name, value in head["headers"]}
        is_json = said.get("content-type", "").startswith("application/json")
        return Said(head["status"], json.loads(content) if content and is_json else content or None, said)

    def get(self, path: str, **headers: str) -> Said:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Said:
        return self.request("POST", path, {} if body is None else body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Said:
        return self.request("PUT", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Said:
        return self.request("PATCH", path, body, headers)

    def delete(self, path: str, **headers: str) -> Said:
        return self.request("DELETE", path, headers=headers)
