"""Events that go out over a socket, as they come in."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.server.live import following
from tidemill.server.live.sockets import POLICY, RESTARTING, Socket, filter_from
from tidemill.wire.events import EventFilter, ReceivedEvent

if TYPE_CHECKING:
    from tidemill.server.live.context import Live

_encode: Final = msgspec.json.Encoder().encode


async def send_out(socket: Socket, live: Live) -> None:
    """Send what the peer's filter asks for until it leaves: with ``backfill`` the past first, then what comes."""
    if not live.settings.server.events.stream_out_enabled:
        await socket.close(POLICY, "Streams of events are off: set TIDEMILL_SERVER_EVENTS_STREAM_OUT_ENABLED=true")
    wanted, message = await filter_from(socket, EventFilter)
    with_past = message.get("backfill", True) is not False
    await socket.until_it_leaves(_send_all(socket, live, wanted, with_past=with_past))


async def _send_all(socket: Socket, live: Live, wanted: EventFilter, *, with_past: bool) -> None:
    start, _ = await live.feeds.ends()
    if with_past:
        async with aclosing(following.past(live, wanted, start)) as pages:
            async for page in pages:
                await _send(socket, page)
    async with aclosing(following.events(live, wanted, start)) as news:
        async for _, page in news:
            await _send(socket, page)
    await socket.close(RESTARTING, "The server is stopping")


async def _send(socket: Socket, page: list[ReceivedEvent]) -> None:
    for event in page:
        await socket.send(_framed("event", event))


def _framed(kind: str, thing: Any) -> bytes:
    return _encode({"type": kind, kind: thing})
