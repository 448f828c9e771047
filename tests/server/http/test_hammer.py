"""Many connections at once, with all manners that HTTP/1.1 allows: every answer comes, whole, once and in order."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import NamedTuple

import pytest

from tests.serving import serving
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore

CONNECTIONS = 24
PATIENCE = 60


class Asked(NamedTuple):
    """A request, and what it is answered."""

    raw: bytes
    statuses: set[int]
    name: str | None = None
    is_head: bool = False


def asked(chance: Random, host: str, name: str, *, last: bool) -> Asked:
    """Some request; ``name`` is of the flow that it makes, if it makes one."""
    close = "Connection: close\r\n" if last else ""
    kind = chance.choice(["make", "make", "make", "chunked", "read", "head", "nowhere", "large"])
    body = json.dumps({"name": name, "tags": ["x" * chance.choice([0, 10, 3000])]}).encode()
    post = f"POST /api/flows/ HTTP/1.1\r\nHost: {host}\r\n{close}"
    if kind == "make":
        return Asked(f"{post}Content-Length: {len(body)}\r\n\r\n".encode() + body, {201}, name)
    if kind == "chunked":
        cut = chance.randrange(1, len(body))
        parts = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:cut], body[cut:]))
        return Asked(f"{post}Transfer-Encoding: chunked\r\n\r\n".encode() + parts + b"0\r\n\r\n", {201}, name)
    if kind == "large":  # the answer is
        body = b'{"limit": 50}'
        post = f"POST /api/flows/filter HTTP/1.1\r\nHost: {host}\r\n{close}"
        return Asked(f"{post}Content-Length: {len(body)}\r\n\r\n".encode() + body, {200})
    method, path, status = {
        "read": ("GET", "/api/hello", 200),
        "head": ("HEAD", "/api/hello", 200),
        "nowhere": ("GET", "/nowhere", 404),
    }[kind]
    return Asked(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{close}\r\n".encode(), {status}, None, method == "HEAD")


async def hear(reader: asyncio.StreamReader, chance: Random, question: Asked) -> tuple[dict[str, str], bytes]:
    """The answer to a question; now and then it is taken a little at a time."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode().split("\r\n")
    assert int(head[0].split()[1]) in question.statuses, (question, head)
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    left = 0 if question.is_head else int(headers.get("content-length", "0"))
    body = b""
    while left > len(body):
        part = min(left - len(body), chance.choice([1000, 70_000, 10**7]))
        body += await asyncio.wait_for(reader.readexactly(part), PATIENCE)
        await asyncio.sleep(0)
    return headers, body


async def converse(url: str, seed: int, number: int) -> set[str]:
    """All that one connection asks and hears; the names of the flows that it was told were made."""
    chance = Random(f"{seed} {number}")
    host, port = url.removeprefix("http://").removesuffix("/api").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**16)
    how = chance.choice(["asks for the end", "half closes", "stays", "breaks off"])
    questions = [
        asked(chance, f"{host}:{port}", f"{seed}-{number}-{place}", last=how == "asks for the end" and place == 0)
        for place in range(chance.randrange(1, 14), -1, -1)
    ]
    told: set[str] = set()

    async def say() -> None:
        for question in questions:
            raw = question.raw
            while raw:
                part = chance.choice([1, 7, 500, 10**6]) if len(raw) < 2000 else 10**6
                writer.write(raw[:part])
                raw = raw[part:]
                await writer.drain()
                if chance.random() < 0.1:
                    await asyncio.sleep(chance.random() / 100)
        if how == "half closes":
            writer.write_eof()

    if how == "breaks off":
        writer.write(b"".join(question.raw for question in questions)[: chance.randrange(1, 3000)])
        writer.close()
        return told
    saying = asyncio.create_task(say())
    for question in questions:
        headers, body = await hear(reader, chance, question)
        if question.name is not None:
            assert json.loads(body)["name"] == question.name
            told.add(question.name)
    await saying
    if how in ("asks for the end", "half closes"):
        assert headers.get("connection") == "close" or how == "half closes"
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()
    return told


@pytest.mark.machine
@pytest.mark.parametrize("seed", range(3))
def test_every_answer_comes_whole_once_and_in_order(tmp_path, seed, caplog):
    async def hammer(url):
        return await asyncio.gather(*(converse(url, seed, number) for number in range(CONNECTIONS)))

    settings = Settings(server={"api": {"keepalive_timeout": 600}})  # who is slow under load is not idle
    with SqliteStore.open(tmp_path / "home" / "tidemill.db") as store, serving(store, settings=settings) as url:
        told = set().union(*asyncio.run(hammer(url)))

        assert len(told) > CONNECTIONS
        assert told <= {flow.name for flow in store.list_flows(limit=10_000)}
    assert "Incident" not in caplog.text
