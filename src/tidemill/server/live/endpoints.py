"""Which conversation is held at which path."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.server.live import events_in, events_out, logs_out, scheduled, worker_channel
from tidemill.server.live.sockets import BROKEN, TRY_LATER, Entrance, Gone, Socket, shake_hands
from tidemill.server.refusals import Refusal
from tidemill.server.routing import value_of
from tidemill.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tidemill.server.live.context import Live

logger = logging.getLogger("tidemill.server")


class Endpoint(NamedTuple):
    """A conversation, and who may hold it; what stands for the variables of its path comes last."""

    entrance: Entrance
    talk: Callable[..., Awaitable[None]]


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "/events/in": Endpoint(Entrance("events:write"), events_in.take_in),
    "/events/out": Endpoint(Entrance("events:read"), events_out.send_out),
    "/logs/out": Endpoint(Entrance("logs:read"), logs_out.send_out),
    "/task_runs/subscriptions/scheduled": Endpoint(Entrance("runs:write"), scheduled.hand_out),
    "/work_pools/{work_pool_name}/workers/connect": Endpoint(
        Entrance("work_pools:work", must_say=True, reason=worker_channel.reason_for), worker_channel.serve_worker
    ),
}


async def converse(path: str, socket: Socket, live: Live) -> None:
    """Hold the conversation of a path, as it came, until one side ends it; refuse a path that has none."""
    with suppress(Gone):
        endpoint, said = _endpoint_of(path)
        if endpoint is None:
            await socket.refuse()
        try:
            await shake_hands(socket, live.gate, endpoint.entrance)
            await endpoint.talk(socket, live, *said)
        except (Gone, asyncio.CancelledError):
            raise
        except StoreUnavailableError as error:
            logger.warning("The conversation at %s ends, since the store is away: %s", path, error)
            await socket.close(TRY_LATER, "The store is away; come again")
        except Exception:
            logger.exception("The conversation at %s broke off", path)
            await socket.close(BROKEN, "Something went wrong in the server; its log says what")


def _endpoint_of(path: str) -> tuple[Endpoint | None, list[str]]:
    said = path.split("/")
    for template, endpoint in ENDPOINTS.items():
        segments = template.split("/")
        if len(segments) != len(said):
            continue
        together = list(zip(segments, said, strict=True))
        if all(one == other or (one.startswith("{") and other) for one, other in together):
            return _with_values(endpoint, [(one[1:-1], other) for one, other in together if one.startswith("{")])
    return None, []


def _with_values(endpoint: Endpoint, said: list[tuple[str, str]]) -> tuple[Endpoint | None, list[str]]:
    try:
        return endpoint, [value_of(name, "", raw) for name, raw in said]
    except Refusal:
        return None, []
