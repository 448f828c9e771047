"""A network that misbehaves, in front of a real server: an HTTP-aware proxy that loses, doubles, delays and reorders, by a seed.

Each request meets one fate. What a client sees of a lost request or answer is a connection that ends.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import contextmanager
from enum import Enum
from random import Random
from threading import Thread


class Fate(Enum):
    """What happens to a request."""

    PASSES = "passes"
    LOST = "lost on its way"
    ANSWER_LOST = "done, and its answer lost"
    DOUBLED = "sent twice"
    DELAYED = "delayed"
    CUT = "its answer ends in the middle"
    LATE = "taken for lost, and there after what came behind it"


class Proxy:
    """Listens on ``port`` and passes on to ``server_port``, as ``weights`` and the seed say."""

    def __init__(self, server_port: int, seed: int, weights: dict[Fate, int], *, most_delay: float = 0.02) -> None:
        self.server_port = server_port
        self.seen: Counter[Fate] = Counter()
        #: No more faults from here on.
        self.calm = False
        self._chance = Random(seed)
        self._weights = weights
        self._most_delay = most_delay
        self._passed_on = asyncio.Event()
        self._late: list[asyncio.Task[None]] = []

    def fate(self) -> Fate:
        fate = Fate.PASSES
        if not self.calm:
            (fate,) = self._chance.choices(list(self._weights), list(self._weights.values()))
        self.seen[fate] += 1
        return fate

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _message(reader):
                answer, whole = await self._passed(request)
                writer.write(answer)
                await writer.drain()
                if not whole:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _passed(self, request: bytes) -> tuple[bytes, bool]:
        """What the client gets, and whether that is all of it."""
        fate = self.fate()
        if fate is Fate.LOST:
            return b"", False
        if fate is Fate.LATE:
            self._late.append(asyncio.create_task(self._behind_the_next(request)))
            return b"", False
        if fate is Fate.DELAYED:
            await asyncio.sleep(self._chance.uniform(0, self._most_delay))
        if fate is Fate.DOUBLED:
            first = asyncio.create_task(self._answered(request))
            answer = await self._answered(request)
            await first
        else:
            answer = await self._answered(request)
        if fate is Fate.ANSWER_LOST:
            return b"", False
        self._passed_on.set()
        return (answer[: len(answer) // 2], False) if fate is Fate.CUT else (answer, True)

    async def _behind_the_next(self, request: bytes) -> None:
        """Passes a request on when another that came later has been answered."""
        self._passed_on.clear()
        await self._passed_on.wait()
        await self._answered(request)

    async def _answered(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer, whole; empty where the connection ended before."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line[15:]))
    return head


@contextmanager
def misbehaving(server_port: int, seed: int, weights: dict[Fate, int]):
    """The proxy, listening; gives it and the URL of the API behind it."""
    proxy = Proxy(server_port, seed, weights)
    loop = asyncio.new_event_loop()
    listening = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = asyncio.run_coroutine_threadsafe(asyncio.start_server(proxy._client, sock=listening), loop).result(5)
    try:
        yield proxy, f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    finally:
        asyncio.run_coroutine_threadsafe(_ended(serving), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(serving: asyncio.Server) -> None:
    serving.close()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0)
