"""The addresses of further pages of events. They say all that is asked, so a server keeps nothing for them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import msgspec

from tidemill.wire.base import Int, Limit, Wire
from tidemill.wire.events import EventFilter  # noqa: TC001 - msgspec reads the annotations when it decodes

if TYPE_CHECKING:
    from tidemill.server.calls import Call


class PageToken(Wire, kw_only=True):
    """What is asked, how many at a time, how many there were at first, and behind which place the page begins."""

    filter: EventFilter
    limit: Limit
    total: Limit
    after: tuple[Int, Int] | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what is no token. It gives no right: whoever may ask for the filter may make one."""
        try:
            return msgspec.json.decode(urlsafe_b64decode(text.encode() + b"=="), type=cls)
        except (ValueError, RecursionError):
            return None

    def address(self, call: Call, place: tuple[int, int]) -> str:
        """Of the page behind a place, for whoever made the call."""
        token = msgspec.structs.replace(self, after=place)
        text = urlsafe_b64encode(msgspec.json.encode(token)).rstrip(b"=").decode()
        scheme = call.headers.get("x-forwarded-proto") or "http"
        host = call.headers.get("host") or _NOWHERE
        return f"{quote(scheme)}://{host}{call.prefix}/events/filter/next?page-token={text}"


#: For who says no host, which only HTTP/1.0 allows.
_NOWHERE: Final = "localhost"
