"""Scheduled task runs, handed out one by one to whoever serves their tasks.

A task run is lent for a while: what is not confirmed in time, or before the peer leaves, goes to the next.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.server.live.sockets import RESTARTING, Gone, Socket, read
from tidemill.wire import task_runs as wire

if TYPE_CHECKING:
    from tidemill.domain.runs import TaskRun
    from tidemill.server.live.context import Live

#: How a peer is sent away that does not keep to the protocol.
VIOLATION: Final = 4001
#: How long a peer may take to confirm; how long what it confirmed is its own before it reports a state.
_LEND_US: Final = 60 * 1_000_000
_encode: Final = msgspec.json.Encoder().encode


async def hand_out(socket: Socket, live: Live) -> None:
    """Hand out task runs of the tasks that the peer serves, each when the one before is confirmed."""
    client, keys = await _subscription(socket)
    answer = asyncio.create_task(socket.receive())
    try:
        while not live.feeds.growth.closed:
            lent = await _next(live, client, keys, answer)
            if lent is None:
                continue
            try:
                await socket.send(_encode(shown(lent)))
                said = read(await answer).get("type")
            except Gone:
                await live.work.write(partial(live.store.take_back_task_run, lent.id, client))
                raise
            if said == "quit":
                return
            if said != "ack":
                await live.work.write(partial(live.store.take_back_task_run, lent.id, client))
                await _away(socket, "'ack' message")
            answer = asyncio.create_task(socket.receive())
    finally:
        answer.cancel()
        with suppress(asyncio.CancelledError, Gone):
            await answer
    await socket.close(RESTARTING, "The server is stopping")


async def _next(live: Live, client: str, keys: list[str], answer: asyncio.Task[bytes]) -> TaskRun | None:
    """The next task run for the peer; None where there was none for a while. Raises Gone if the peer leaves."""
    grown = live.feeds.growth.next()
    if await live.work.read(lambda: live.store.some_to_lend(keys, live.clock.now_us())):
        lent: TaskRun | None = await live.work.write(partial(_lend, live, client, keys))
        return lent
    waiting = asyncio.create_task(grown.wait())
    await asyncio.wait((waiting, answer), timeout=live.feeds.patience, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if answer.done():  # it had nothing to answer: it leaves, or says that it will
        answer.result()
        raise Gone
    return None


async def _subscription(socket: Socket) -> tuple[str, list[str]]:
    message = read(await socket.receive())
    if message.get("type") != "subscribe":
        await _away(socket, "'subscribe' message")
    keys, client = message.get("keys"), message.get("client_id")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        await _away(socket, "'keys' in subscribe message")
    if not isinstance(client, str) or not client:
        await _away(socket, "'client_id' in subscribe message")
    return str(client), list(map(str, keys or ()))


async def _away(socket: Socket, expected: str) -> None:
    await socket.close(VIOLATION, f"Protocol violation: expected {expected}")


def _lend(live: Live, client: str, keys: list[str]) -> TaskRun | None:
    now = live.clock.now_us()
    return live.store.lend_task_run(keys, client, now, until=now + _LEND_US)


def shown(run: TaskRun) -> wire.TaskRun:
    """A task run as clients know it."""
    state = {name: getattr(run.state, name) for name in ("id", "type", "name", "message", "timestamp", "state_details")}
    alike = {name: getattr(run, name) for name in wire.TaskRun.__struct_fields__ if hasattr(run, name)}
    return msgspec.convert(msgspec.to_builtins(alike | {"state": state}), wire.TaskRun)
