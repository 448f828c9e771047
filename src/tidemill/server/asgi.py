"""The application as ASGI: for servers of others, and for clients in the same process."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from tidemill.server.front import Admitted, Head
from tidemill.server.http.heads import headers_of
from tidemill.server.live.streaming import send_stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from tidemill.server.app import App
    from tidemill.server.calls import Answer

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]


async def live_through(app: App, receive: Receive, send: Send) -> None:
    """From the server's start to its stop."""
    await receive()
    app.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await app.stop()
    await send({"type": "lifespan.shutdown.complete"})


async def answer_request(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request."""
    head = _head(scope)
    admitted: asyncio.Future[Admitted | Answer] = asyncio.get_running_loop().create_future()
    answer = app.admit(head, partial(_tell, admitted)) or await admitted
    if isinstance(answer, Admitted):
        answer = await _run(app, answer, receive)
    beside = app.front.beside(head)
    if answer.stream is not None and head.method != "HEAD":
        await send_stream(send, receive, app.follow(answer.stream), beside)
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": [*headers_of(answer), *beside]})
    await send({"type": "http.response.body", "body": b"" if head.method == "HEAD" else answer.raw or b""})


async def _run(app: App, admitted: Admitted, receive: Receive) -> Answer:
    if admitted.announced_bytes > admitted.most_bytes:
        return admitted.too_large()
    parts: list[bytes] = []
    size = 0
    more = admitted.expects_body
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > admitted.most_bytes:
            return admitted.too_large()
        more = message.get("more_body", False)
    told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    app.run(admitted, b"".join(parts), partial(_tell, told))
    return await told


def _tell(told: asyncio.Future[Any], said: Any) -> None:
    if not told.cancelled():
        told.set_result(said)


def _head(scope: Scope) -> Head:
    peer = (scope.get("client") or (None,))[0]
    return Head(scope["method"], raw_path_of(scope), scope["query_string"], scope["headers"], peer)


def raw_path_of(scope: Scope) -> str:
    """The path as it came, percent-encoded."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]
