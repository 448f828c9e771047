"""Which conversation is held at which path."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.server.live import events_in, events_out, logs_out, scheduled
from tidemill.server.live.sockets import BROKEN, Gone, Socket, shake_hands

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tidemill.domain.permissions import Needed
    from tidemill.server.live.context import Live

logger = logging.getLogger("tidemill.server")


class Endpoint(NamedTuple):
    """A conversation, and the permission that it needs."""

    permission: Needed
    talk: Callable[[Socket, Live], Awaitable[None]]


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "/events/in": Endpoint("events:write", events_in.take_in),
    "/events/out": Endpoint("events:read", events_out.send_out),
    "/logs/out": Endpoint("logs:read", logs_out.send_out),
    "/task_runs/subscriptions/scheduled": Endpoint("runs:write", scheduled.hand_out),
}


async def converse(path: str, socket: Socket, live: Live) -> None:
    """Hold the conversation of a path until one side ends it; refuse a path that has none."""
    endpoint = ENDPOINTS.get(path)
    with suppress(Gone):
        if endpoint is None:
            await socket.refuse()
        try:
            await shake_hands(socket, live.guard, endpoint.permission, live.clock.now_us())
            await endpoint.talk(socket, live)
        except (Gone, asyncio.CancelledError):
            raise
        except Exception:
            logger.exception("The conversation at %s broke off", path)
            await socket.close(BROKEN, "Something went wrong in the server; its log says what")
