"""The head of an answer: its first line and its headers."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.server.calls import Answer

Header = tuple[bytes, bytes]

#: No guessing of content types, no frames, nothing kept by anybody on the way; a browser that shows an answer as a page
#: runs and fetches nothing for it, and hands it to no page of another origin that embeds it.
ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_NO_CONTENT: Final = 204
#: What would end a header's line, or is no text.
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def headers_of(answer: Answer) -> list[Header]:
    """All headers of an answer with an end."""
    raw = answer.raw or b""
    own = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    said = {name for name, _ in own}
    headers = [header for header in ALWAYS if header[0] not in said]
    if answer.status != _NO_CONTENT:
        headers.append((b"content-length", b"%d" % len(raw)))
    if raw:
        headers.append((b"content-type", answer.content_type.encode()))
    return headers + own


def head_bytes(status: int, headers: Sequence[Header]) -> bytes:
    """The head as it goes out, but for its end. Raises ValueError for what would be more than a header."""
    for _, value in headers:
        if _NO_TEXT.search(value):
            raise ValueError(f"a header of the answer has a control character in it: {value!r}")
    return _FIRST_LINES[status] + _lines(headers)


def plain_head_bytes(status: int, length: int) -> bytes:
    """``head_bytes`` of what most answers are: JSON, and nothing to be said beside."""
    return _PLAIN[status] % length


def _lines(headers: Sequence[Header]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


_FIRST_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_JSON: Final = (*ALWAYS, (b"content-length", b"%d"), (b"content-type", b"application/json"))
_PLAIN: Final = {status: line + _lines(_JSON) for status, line in _FIRST_LINES.items()}
