"""F23: whatever comes over a connection, the server has no fault in it, and goes on for everybody else."""

from __future__ import annotations

import logging
import random
import socket
from contextlib import suppress

import pytest

from tests.serving import serving
from tidemill.store.sqlite.store import SqliteStore

from .talk import Talk

_HOST = b"Host: 127.0.0.1\r\n"
_FLOW = b'{"name":"x"}'
_SOCKET = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: prefect\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x8f\0\0\0\0" + b'{"type":"auth"}'
)
SENSE = [
    b"GET /api/hello HTTP/1.1\r\n" + _HOST + b"\r\n",
    b"GET /nowhere HTTP/1.1\r\n" + _HOST + b"Connection: close\r\n\r\n",
    b"HEAD /docs HTTP/1.0\r\n" + _HOST + b"\r\n",
    b"POST /api/flows/ HTTP/1.1\r\n" + _HOST + b"Content-Length: 12\r\n\r\n" + _FLOW,
    b"POST /api/flows/ HTTP/1.1\r\n" + _HOST + b"Expect: 100-continue\r\nContent-Length: 12\r\n\r\n",
    b"POST /api/flows/ HTTP/1.1\r\n"
    + _HOST
    + b"Transfer-Encoding: chunked\r\n\r\nc\r\n"
    + _FLOW
    + b"\r\n0\r\nA: b\r\n\r\n",
    b"OPTIONS /api/flows/ HTTP/1.1\r\n" + _HOST + b"Origin: http://a\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    b"GET /api/tm/live/stream HTTP/1.1\r\n" + _HOST + b"\r\n",
    b"GET /api/events/in HTTP/1.1\r\n" + _HOST + _SOCKET,
]
NONSENSE = [
    b"\r\n",
    b"\n",
    b"\0",
    b"\xff",
    b"%00",
    b"%2f",
    b"..",
    b"0\r\n\r\n",
    b"a" * 70_000,
    b"HTTP/1.1",
    b"Host: x\r\n",
    b"Origin: null\r\n",
    b"Content-Length: 5\r\n",
    b"Connection: close\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Authorization: Bearer tmk_x\r\n",
]


def a_talk(chance: random.Random) -> bytes:
    """Some requests, harmed here and there."""
    said = bytearray(b"".join(chance.choices(SENSE, k=chance.randint(1, 4))))
    for _ in range(chance.randint(0, 4)):
        at = chance.randrange(len(said) + 1)
        match chance.randrange(3):
            case 0:
                said[at:at] = chance.choice(NONSENSE)
            case 1:
                del said[at : at + chance.randint(1, 20)]
            case _:
                said[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(said)


def answered(url: str, said: bytes, chance: random.Random) -> bytes:
    """What was answered in a moment, to what came in pieces."""
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    heard = b""
    with socket.create_connection((host, int(port)), 5) as talk, suppress(OSError):
        size = chance.choice([1, 7, 100, 100_000]) if len(said) < 2_000 else 100_000
        for at in range(0, len(said), size):
            talk.sendall(said[at : at + size])
        if chance.random() < 0.5:
            talk.shutdown(socket.SHUT_WR)
        talk.settimeout(chance.choice([0.0, 0.01, 0.05]))
        while part := talk.recv(65_536):
            heard += part
    return heard


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_F23_nonsense_costs_nobody_else_anything(tmp_path, caplog, seed):
    chance = random.Random(seed)
    caplog.set_level(logging.ERROR)
    with SqliteStore.open(tmp_path / "tidemill.db") as store, serving(store) as url:
        for _ in range(150):
            said = a_talk(chance)
            assert b"HTTP/1.1 5" not in answered(url, said, chance), said
        with Talk(url) as talk:
            talk.say("GET /api/hello HTTP/1.1")
            assert talk.hear().status == 200

    assert caplog.text == ""
