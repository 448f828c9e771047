"""Log lines that go out over a socket, as they are written."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.server.live import following
from tidemill.server.live.sockets import POLICY, RESTARTING, Socket, filter_from
from tidemill.wire.filters import LogFilter

if TYPE_CHECKING:
    from tidemill.server.live.context import Live

_encode: Final = msgspec.json.Encoder().encode


async def send_out(socket: Socket, live: Live) -> None:
    """Send what is written from now on and the peer's filter asks for, until it leaves."""
    if not live.settings.server.logs.stream_out_enabled:
        await socket.close(POLICY, "Streams of logs are off: set TIDEMILL_SERVER_LOGS_STREAM_OUT_ENABLED=true")
    wanted, _ = await filter_from(socket, LogFilter)
    await socket.until_it_leaves(_send_all(socket, live, wanted))


async def _send_all(socket: Socket, live: Live, wanted: LogFilter) -> None:
    _, start = await live.feeds.ends()
    async with aclosing(following.logs(live, wanted, start)) as news:
        async for _, page in news:
            for line in page:
                await socket.send(_encode({"type": "log", "log": line}))
    await socket.close(RESTARTING, "The server is stopping")
