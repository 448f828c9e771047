"""From the bytes on a connection to requests. The parser is that of ``httptools``; limits and refusals are here."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import httptools

from tidemill.server.front import Head
from tidemill.server.http.requests import Request
from tidemill.server.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.server.http.heads import Header

logger = logging.getLogger("tidemill.server")

#: What a request's head may come to.
_LARGEST_HEAD_BYTES: Final = 64 * 1024


class RequestReader:
    """Reads one request after the other, and tells of each when its head is here and when it is here as a whole."""

    def __init__(self, begun: Callable[[Request], None], news: Callable[[], None], *, sockets: bool) -> None:
        """``begun`` is given each request, ``news`` called when more can be done; ``sockets`` may be wanted."""
        self.peer: str | None = None
        self._begun = begun
        self._news = news
        self._sockets = sockets
        self._parser = httptools.HttpRequestParser(self)
        self._request: Request | None = None
        self._url = b""
        self._headers: list[Header] = []
        #: What the finished lines of a head under way come to; 0 elsewhere, behind a body too.
        self._head_size = 0
        #: How much came since something was made of what came before.
        self._unheard = 0
        self._expects_continue = False

    @property
    def in_a_head(self) -> bool:
        """Whether a request has begun of which nothing was told yet."""
        return self._head_size > 0

    def read(self, data: bytes) -> bytes | None:
        """Go on. Gives the head of what is to be a WebSocket from now on. Raises a Refusal for what is no request."""
        self._unheard += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return self._socket_head() if self._wants_socket() else None
        except httptools.HttpParserError as error:
            raise _refusal_in(error) from error
        _check_head(self._unheard)
        return None

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url, self._headers, self._expects_continue = b"", [], False
        self._head_size, self._unheard = 1, 0

    def on_url(self, url: bytes) -> None:
        """A part of what it asks for."""
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of it. What stands behind a body in the place of one says nothing: it comes after the decision."""
        if not self._head_size:
            return
        name = name.lower()
        self._headers.append((name, value))
        self._count(len(name) + len(value) + len(": \r\n"))
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True

    def on_headers_complete(self) -> None:
        """Its head is here."""
        self._head_size = self._unheard = 0
        self._request = None
        upgrade = self._parser.should_upgrade()
        if upgrade and self._wants_socket():
            return
        path, _, query = self._url.partition(b"?") if self._url.startswith(b"/") else _parsed(self._url)
        method = self._parser.get_method().decode("ascii")
        keep_alive = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1" and not upgrade
        head = Head(method, path.decode("latin-1"), query, self._headers, self.peer)
        self._request = Request(head, keep_alive=keep_alive, expects_continue=self._expects_continue)
        self._begun(self._request)

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._unheard = 0
        if self._request is not None and not self._request.take(body):
            self._news()

    def on_message_complete(self) -> None:
        """It is here as a whole."""
        self._unheard = 0
        if self._request is not None:
            self._request.complete = True
            self._news()

    def _count(self, size: int) -> None:
        self._head_size += size
        _check_head(self._head_size)

    def _wants_socket(self) -> bool:
        if not self._sockets:
            return False
        said = dict(self._headers)
        tokens = [token.strip().lower() for token in said.get(b"connection", b"").split(b",")]
        return b"upgrade" in tokens and said.get(b"upgrade", b"").lower() == b"websocket"

    def _socket_head(self) -> bytes:
        lines = [self._parser.get_method(), b" ", self._url, b" HTTP/1.1\r\n"]
        return b"".join([*lines, *(b"%b: %b\r\n" % header for header in self._headers), b"\r\n"])


def _check_head(size: int) -> None:
    if size > _LARGEST_HEAD_BYTES:
        raise Refusal(431, f"The head of the request is larger than {_LARGEST_HEAD_BYTES >> 10} KiB")


def _parsed(url: bytes) -> tuple[bytes, bytes, bytes]:
    """The path and query of an address that is not only a path, as proxies are sent."""
    try:
        parsed = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        raise Refusal(400, "This is no address that can be asked for") from None
    return parsed.path or b"/", b"?", parsed.query or b""


def _refusal_in(error: httptools.HttpParserError) -> Refusal:
    said = error.__context__
    if isinstance(said, Refusal):
        return said
    if said is not None:
        logger.error("A request could not be read", exc_info=said)
    return Refusal(400, "This is not a request as HTTP/1.1 has it")
