"""What an HTTP answer says no with. Apart from its siblings, since it brings httpx."""

from __future__ import annotations

from typing import Self

import httpx
import msgspec

from tidemill.exceptions.base import TidemillException

_LONGEST = 500


class TidemillHTTPStatusError(TidemillException, httpx.HTTPStatusError):
    """A server refused a request. ``request`` and ``response`` are httpx's; the message says what the server said."""

    def __init__(self, message: str, *, request: httpx.Request, response: httpx.Response) -> None:
        httpx.HTTPStatusError.__init__(self, message, request=request, response=response)

    @classmethod
    def from_httpx_error(cls, httpx_error: httpx.HTTPStatusError) -> Self:
        """From httpx's error, with what the server said for a reason."""
        message = f"{str(httpx_error).partition(chr(10))[0]}\nResponse: {said_in(httpx_error.response)}"
        return cls(message, request=httpx_error.request, response=httpx_error.response)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), str(self), self.request, self.response)


def said_in(response: httpx.Response) -> str:
    """The sentence in a refusal's body."""
    try:
        said = msgspec.json.decode(response.content)
        faults = said.get("exception_detail")
        if faults and isinstance(faults, list):
            return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
        return str(said.get("detail") or said.get("exception_message") or said)
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
        return response.text[:_LONGEST] or response.reason_phrase


def _again(
    cls: type[TidemillHTTPStatusError], message: str, request: httpx.Request, response: httpx.Response
) -> TidemillHTTPStatusError:
    return cls(message, request=request, response=response)
