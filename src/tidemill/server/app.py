"""The ASGI application: route, guard, read, run, answer."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from tidemill.api.operations.description import READ_DOCS, READ_DOCUMENT
from tidemill.server.auth.facts import facts_of
from tidemill.server.auth.refusal import Refusal as NotAllowed
from tidemill.server.calls import Answer, Call
from tidemill.server.handling import run_handler, run_once
from tidemill.server.live.context import Live
from tidemill.server.live.endpoints import converse
from tidemill.server.live.feeds import Feeds, Growth
from tidemill.server.live.sockets import Socket
from tidemill.server.live.streaming import send_stream
from tidemill.server.live.streams import stream
from tidemill.server.messages import refused
from tidemill.server.refusals import Refusal, refusal_of
from tidemill.server.routing import Router, values_of
from tidemill.server.services.running import ServiceRunner
from tidemill.server.serving import every_route
from tidemill.server.versions import refuse_too_old
from tidemill.server.work import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence

    from tidemill.server.auth.facts import Facts
    from tidemill.server.calls import Keeping
    from tidemill.server.services.service import Service
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger("tidemill.server")

#: No guessing of content types, no frames, nothing kept by anybody on the way.
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_BESIDE: Final = frozenset({READ_DOCS.path, READ_DOCUMENT.path})


class App:
    """Answers requests from a store, and runs services over it."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, keeping: Keeping, services: Sequence[Service] = ()
    ) -> None:
        self._services = services
        self._runner: ServiceRunner | None = None
        self._store = store
        self._keeping = keeping
        self._guard = keeping.guarded.guard
        self._clock = clock
        self._settings = settings
        self._prefix = settings.server.api.base_path or "/api"
        self._router = Router(every_route())
        self._work: Work | None = None
        self._live: Live | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        growth = Growth(self._store.watch)
        self._work = work = Work(self._store, self._clock, growth.written)
        feeds = Feeds(self._store, work, growth)
        self._live = Live(self._store, self._clock, self._settings, work, feeds, self._guard)
        self._runner = ServiceRunner(self._services, self._store, self._clock, self._settings, work.write_and_wait)
        self._runner.start()

    async def _stop(self) -> None:
        if self._runner is not None:
            await asyncio.to_thread(self._runner.stop)
        if self._live is not None:
            await self._live.feeds.growth.close()
        if self._work is not None:
            await asyncio.to_thread(self._work.close)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._live is not None
        path = scope["path"]
        below = path[len(self._prefix) :] if path.startswith(self._prefix + "/") else ""
        await converse(below, Socket(scope, receive, send), self._live)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        facts = facts_of(scope["method"], scope["headers"], (scope.get("client") or (None,))[0])
        try:
            answer = self._preflight(facts) if facts.is_preflight else await self._answer(scope, facts, receive)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is answered
            answer = refused(refusal_of(error) or _our_fault(scope, error))
        cors = self._keeping.guarded.protection.cors.answer_headers(facts.one(b"origin"))
        if answer.stream is not None and facts.method != "HEAD":
            assert self._live is not None
            await send_stream(send, receive, stream(answer.stream, self._live), cors)
        else:
            await _send(send, answer, cors, head=facts.method == "HEAD")

    def _preflight(self, facts: Facts) -> Answer:
        headers = self._guard.preflight(facts)
        if isinstance(headers, NotAllowed):
            raise _not_allowed(headers)
        return Answer(status=204, headers={name.decode(): value.decode() for name, value in headers})

    async def _answer(self, scope: Scope, facts: Facts, receive: Receive) -> Answer:
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        route, said = self._router.find(facts.method, self._within(path))
        operation, now = route.operation, self._clock.now_us()
        actor = self._guard.decide(operation.permission, facts, now)
        if isinstance(actor, NotAllowed):
            raise _not_allowed(actor)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refuse_too_old(headers)
        given, raw = values_of(route, said), b""
        if facts.method not in ("GET", "HEAD", "DELETE"):
            raw = await _body(scope, receive, operation.most_bytes)
        call = Call(operation, self._store, now, self._settings, self._prefix, headers, actor, self._keeping, raw)
        run = run_once if operation.writes else run_handler
        assert self._work is not None
        work = self._work.write if operation.writes else self._work.read
        answer: Answer = await work(partial(run, route, call, given, raw, scope["query_string"]))
        return answer

    def _within(self, path: str) -> str:
        """The path below the API's prefix; what describes the API is found without it, too."""
        if path.startswith(self._prefix + "/"):
            return path[len(self._prefix) :]
        if path in _BESIDE:
            return path
        raise Refusal(404, f"There is nothing at {path}. The API is at {self._prefix}/, its description at /docs")


async def _body(scope: Scope, receive: Receive, most: int) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > most):
            raise _too_large(most)
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
    return b"".join(parts)


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"The body is larger than {most >> 20} MiB, which is the most that is taken")


async def _send(send: Send, answer: Answer, more: Iterable[tuple[bytes, bytes]], *, head: bool) -> None:
    raw = answer.raw or b""
    headers = [*_ALWAYS, (b"content-length", str(len(raw)).encode()), *more]
    if raw:
        headers.append((b"content-type", answer.content_type.encode()))
    headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else raw})


def _not_allowed(said: NotAllowed) -> Refusal:
    headers = {name.decode(): value.decode() for name, value in said.headers}
    return Refusal(said.status, said.message, headers=headers)


def _our_fault(scope: Scope, error: Exception) -> Refusal:
    incident = uuid4().hex[:12]
    logger.error("Incident %s at %s %s", incident, scope["method"], scope["path"], exc_info=error)
    return Refusal(500, f"Something went wrong in the server. Its log says what, under incident {incident}")
