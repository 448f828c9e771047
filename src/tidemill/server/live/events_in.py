"""Events that come in over a socket: all that came while the writer was busy is one unit of its work."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.events import complaint_about
from tidemill.server.event_limits import limits_of
from tidemill.server.live.sockets import TRY_LATER, Gone, Socket
from tidemill.store.errors import StoreUnavailableError
from tidemill.wire.events import ToldEvent

if TYPE_CHECKING:
    from tidemill.server.live.context import Live

logger = logging.getLogger("tidemill.server.events")

#: So many messages may wait, or so many bytes of them; then the socket is not read, and the peer's side fills up.
MOST_WAITING: Final = 5000
MOST_BYTES: Final = 16 << 20
#: The store may be away so many times in a row, each met by a longer wait.
_ATTEMPTS: Final = 8
_FIRST_WAIT_SECONDS: Final = 0.1
_decode: Final = msgspec.json.Decoder(ToldEvent).decode


async def take_in(socket: Socket, live: Live) -> None:
    """Take in what the peer tells until it leaves; what it told is in the store then, and when a ping is answered."""
    socket.done_with(0)
    arrivals = _Arrivals()
    reader = asyncio.create_task(_listen(socket, arrivals))
    try:
        while (burst := await arrivals.take()) is not None:
            await _keep(socket, live, burst)
            socket.done_with(len(burst))
    finally:
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await reader


class _Arrivals:
    """Messages that wait, until there are MOST_WAITING of them or they have MOST_BYTES."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._changed = asyncio.Condition()
        self._over = False

    async def put(self, message: bytes) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < MOST_WAITING and self._bytes < MOST_BYTES)
            self._waiting.append(message)
            self._bytes += len(message)
            self._changed.notify_all()

    async def end(self) -> None:
        async with self._changed:
            self._over = True
            self._changed.notify_all()

    async def take(self) -> list[bytes] | None:
        """All that wait, at least one; None when no more will come."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or self._over)
            burst, self._waiting, self._bytes = self._waiting, [], 0
            self._changed.notify_all()
            return burst or None


async def _listen(socket: Socket, arrivals: _Arrivals) -> None:
    try:
        while True:
            await arrivals.put(await socket.receive())
    except Gone:
        await arrivals.end()


async def _keep(socket: Socket, live: Live, burst: list[bytes]) -> None:
    wait = _FIRST_WAIT_SECONDS
    for _ in range(_ATTEMPTS):
        try:
            await live.work.write(lambda: _take(live, burst))
        except StoreUnavailableError as error:
            logger.warning("Events wait for the store: %s", error)
            await live.clock.asleep(wait)
            wait *= 2
        except (ValueError, ArithmeticError) as error:
            await _keep_those_that_fit(socket, live, burst, error)
            return
        else:
            return
    await socket.close(TRY_LATER, "The store cannot be written to; send again what was not confirmed")


async def _keep_those_that_fit(socket: Socket, live: Live, burst: list[bytes], error: Exception) -> None:
    """One of them cannot be kept, whoever tries: it must not take the others with it."""
    if len(burst) == 1:
        _pass_over(burst[0], str(error))
        return
    for raw in burst:
        await _keep(socket, live, [raw])


def _take(live: Live, burst: list[bytes]) -> Any:
    told = [event for raw in burst if (event := _admitted(live, raw)) is not None]
    return live.store.take_events(told, live.clock.now_us())


def _admitted(live: Live, raw: bytes) -> ToldEvent | None:
    """One that can never be taken is passed over: refusing it would make the peer send it again and again."""
    event, complaint = None, None
    if len(raw) > live.settings.server.events.maximum_size_bytes:
        complaint = f"it has {len(raw)} bytes"
    else:
        try:
            event = _decode(raw)
            complaint = complaint_about(event.event, event.resource, event.related, limits_of(live.settings))
        except (ValueError, RecursionError) as error:
            complaint = str(error)
    if complaint is not None:
        _pass_over(raw, complaint)
        return None
    return event


def _pass_over(raw: bytes, complaint: str) -> None:
    logger.warning("An event was passed over, since it cannot be taken: %s: %r", complaint, raw[:200])
