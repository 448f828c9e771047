"""A stream as the answer to a request."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, Final

from tidemill.server.http.heads import ALWAYS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

#: Of every stream.
HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
)


async def send_stream(
    send: Send, receive: Receive, parts: AsyncGenerator[bytes, None], headers: Iterable[tuple[bytes, bytes]]
) -> None:
    """Send parts as they come, each when the one before has been taken; stop when the peer leaves."""
    sending = asyncio.create_task(_send_parts(send, parts, [*ALWAYS, *HEADERS, *headers]))
    leaving = asyncio.create_task(_leave(receive))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        sending_was_done = sending.done()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        with suppress(asyncio.CancelledError, OSError):
            await sending
    if sending_was_done:
        await send({"type": "http.response.body", "body": b""})


async def _send_parts(send: Send, parts: AsyncGenerator[bytes, None], headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async with aclosing(parts) as following:
        async for part in following:
            await send({"type": "http.response.body", "body": part, "more_body": True})


async def _leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
