"""From an operation and what it takes to a request, and from the answer to the operation's type."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlencode
from uuid import uuid4

import msgspec

from tidemill.api.client.refused import not_the_api, refusal_from
from tidemill.api.operation import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidemill.api.client.transport import Reply, Transport
    from tidemill.api.operation import Operation

_VARIABLE: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_JSON: Final = "application/json"


class Client:
    """Asks for operations. Threads may share it as far as they may share its transport."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def ask(self, operation: Operation, *, body: Any = None, query: Any = None, **path: Any) -> Any:
        """Do or ask what an operation is for; the answer comes as the type that the operation declares.

        ``body`` and ``query`` are the operation's structs, or mappings with some of their fields; ``path`` has the
        variables of the path. Raises RefusedError by kind, ServerAwayError where nobody answers, TypeError for a
        variable of the path that is missing.
        """
        target = target_of(operation, path, query)
        raw = b"" if operation.body is None or body is None else msgspec.json.encode(body)
        if not raw and operation.body is not None:
            raw = b"{}"
        headers = {"content-type": _JSON} if raw else {}
        if operation.writes:
            headers[REQUEST_ID] = str(uuid4())  # so that it may be sent again, if the answer is lost
        reply = self.send(operation.method, target, raw, headers)
        if not reply.body or operation.answer is None:
            return None
        try:
            return _decoder(operation.answer)(reply.body)
        except msgspec.DecodeError as error:
            raise not_the_api(reply, self.transport.where) from error

    def send(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Send a request as it is. Raises RefusedError by kind for any answer but success."""
        reply = self.transport.send(method, target, body, headers or {})
        if not reply.is_success:
            raise refusal_from(reply, self.transport.where)
        return reply

    def pages(self, operation: Operation, *, limit: int | None, body: Mapping[str, Any], **path: Any) -> Iterator[Any]:
        """What an operation finds, asked for page by page; ``limit`` is how many at most, None all of them."""
        offset = int(body.get("offset") or 0)
        left = limit
        while left is None or left > 0:
            most = PAGE if left is None else min(left, PAGE)
            found = self.ask(operation, body={**body, "limit": most, "offset": offset}, **path)
            yield from found
            if len(found) < most:
                return
            offset += len(found)
            left = None if left is None else left - len(found)

    def close(self) -> None:
        """Let go of the transport."""
        self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


#: What every server answers in one page.
PAGE: Final = 200


def target_of(operation: Operation, path: Mapping[str, Any], query: Any = None) -> str:
    """The path with its variables in place, and the query."""

    def put(found: re.Match[str]) -> str:
        name, kind = found.groups()
        if name not in path:
            raise TypeError(f"{operation.name} needs {name!r}, a variable of its path {operation.path}")
        return quote(str(path[name]), safe="/" if kind == "path" else "", errors="surrogatepass")

    target = _VARIABLE.sub(put, operation.path)
    said = _as_query(query)
    return f"{target}?{urlencode(said, errors='surrogatepass')}" if said else target


def _as_query(query: Any) -> dict[str, Any]:
    if query is None:
        return {}
    plain = msgspec.to_builtins(query)
    return {name: _as_text(value) for name, value in plain.items() if value is not None}


def _as_text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


@cache
def _decoder(type_: Any) -> Any:
    return msgspec.json.Decoder(type_, strict=False).decode
