"""Sockets and streams of a client's application, spoken to in process."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec

_PATIENCE = 20


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, message):
        super().__init__(message.get("code"), message.get("reason"))
        self.code, self.reason = message.get("code"), message.get("reason")


class Peer:
    """The other side of a socket. Use within ``with``."""

    def __init__(self, client, path: str, *, subprotocols=("prefect",)) -> None:
        self._client = client
        self._scope = {
            "type": "websocket",
            "path": f"/api{path}",
            "raw_path": f"/api{path}".encode(),
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1:4200")],
            "client": ("127.0.0.1", 50000),
            "subprotocols": list(subprotocols),
        }

    def __enter__(self):
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._put({"type": "websocket.connect"})
        self._talk = self._client.spawn(self._client.app(self._scope, self._to_app.get, self._from_app.put))
        return self

    def __exit__(self, *_):
        self._put({"type": "websocket.disconnect", "code": 1000})
        self._talk.result(_PATIENCE)

    def _put(self, message):
        self._client.run(self._to_app.put(message))

    def next(self):
        """The next message of the application, whatever it is."""
        return self._client.run(asyncio.wait_for(self._from_app.get(), _PATIENCE))

    def say(self, message) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self._put({"type": "websocket.receive", "text": text})

    def hear(self):
        """The next message; raises Closed."""
        message = self.next()
        if message["type"] == "websocket.close":
            raise Closed(message)
        return json.loads(message["text"])

    def greet(self, token=None):
        """Be let in."""
        accepted = self.next()
        assert accepted == {"type": "websocket.accept", "subprotocol": "prefect"}, accepted
        self.say({"type": "auth", "token": token})
        assert self.hear() == {"type": "auth_success"}
        return self


class Listener:
    """Whoever reads a stream of server-sent events. Use within ``with``."""

    def __init__(self, client, query: str, **headers: str) -> None:
        self._client = client
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/tm/live/stream",
            "raw_path": b"/api/tm/live/stream",
            "query_string": query.encode(),
            "client": ("127.0.0.1", 50000),
            "headers": [(b"host", b"127.0.0.1:4200")]
            + [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        self._left = b""

    def __enter__(self):
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1)
        self._talk = self._client.spawn(self._client.app(self._scope, self._to_app.get, self._from_app.put))
        self.head = self._client.run(asyncio.wait_for(self._from_app.get(), _PATIENCE))
        return self

    def __exit__(self, *_):
        self._client.run(self._to_app.put({"type": "http.disconnect"}))
        self._talk.result(_PATIENCE)

    def part(self) -> bytes:
        """One block up to the empty line, comments too."""
        while b"\n\n" not in self._left:
            message = self._client.run(asyncio.wait_for(self._from_app.get(), _PATIENCE))
            assert message["type"] == "http.response.body", message
            self._left += message["body"]
        block, self._left = self._left.split(b"\n\n", 1)
        return block

    def is_over(self) -> bool:
        """Whether the application ends it, without a further word."""
        message = self._client.run(asyncio.wait_for(self._from_app.get(), _PATIENCE))
        while message.get("more_body") and message["body"].startswith((b"retry", b"id: ")):
            message = self._client.run(asyncio.wait_for(self._from_app.get(), _PATIENCE))
        return not message.get("more_body", False)

    def hear(self):
        """The next message: its id, its topic, what it says."""
        while True:
            fields = dict(line.split(": ", 1) for line in self.part().decode().splitlines() if not line.startswith(":"))
            if "data" in fields:
                return fields["id"], fields["event"], msgspec.json.decode(fields["data"])
