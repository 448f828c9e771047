"""A load generator: some connections, each sending one request after another as fast as it is answered.

A connection that is lost without an answer is a failed request, and is opened anew for the next one.
"""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Asked = tuple[str, str, Any]


@dataclass(slots=True)
class Load:
    """What came of a load: seconds of each answer, statuses, and the bodies where they were asked for.

    ``lost``: requests whose connection broke before they were answered.
    """

    seconds: float = 0.0
    each: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    answers: list[Any] = field(default_factory=list)
    lost: int = 0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return sum(count for status, count in self.statuses.items() if status < 400) / self.seconds

    @property
    def p99_ms(self) -> float:
        """The time that 99 of 100 answers kept, in milliseconds."""
        ordered = sorted(self.each) or [math.nan]
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000

    @property
    def share_of_errors(self) -> float:
        """How many of the requests failed by the server's fault: answered 5xx, or not at all."""
        wrong = self.lost + sum(count for status, count in self.statuses.items() if status >= 500)
        return wrong / max(1, self.lost + len(self.each))


def load(port: int, requests: Iterable[Asked], *, connections: int = 16, keep: bool = False) -> Load:
    """Send the requests, shared out over the connections. A request: method, path below /api, body."""
    return asyncio.run(_load(port, iter(requests), connections, keep))


async def _load(port: int, requests: Iterator[Asked], connections: int, keep: bool) -> Load:
    found = Load()
    bodies: list[bytes] | None = [] if keep else None
    prepared = [_bytes(port, *one) for one in requests]
    lines = [islice(prepared, number, None, connections) for number in range(connections)]
    began = perf_counter()
    await asyncio.gather(*(_line(port, line, found, bodies) for line in lines))
    found.seconds = perf_counter() - began
    found.answers += map(json.loads, bodies or ())
    return found


async def _line(port: int, requests: Iterator[bytes], found: Load, bodies: list[bytes] | None) -> None:
    for request in requests:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        try:
            stays = await _ask(reader, writer, request, found, bodies)
            while stays and (following := next(requests, None)) is not None:
                stays = await _ask(reader, writer, following, found, bodies)
        except (ConnectionError, asyncio.IncompleteReadError):
            found.lost += 1
        finally:
            writer.close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, found: Load, bodies: list[bytes] | None
) -> bool:
    """Whether the connection takes another; who failed may close it without saying so."""
    began = perf_counter()
    writer.write(request)
    status, headers, body = await _answer(reader)
    found.each.append(perf_counter() - began)
    found.statuses[status] = found.statuses.get(status, 0) + 1
    if bodies is not None:
        bodies.append(body)
    return status < 500 and "close" not in headers.get("connection", "")


def _bytes(port: int, method: str, path: str, body: Any) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} /api{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(":", 1) for line in lines[1:] if ":" in line)
    status = int(lines[0].split()[1])
    if "chunked" in headers.get("transfer-encoding", ""):
        return status, headers, await _chunks(reader)
    return status, headers, await reader.readexactly(int(headers.get("content-length", "0")))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
