"""A server's refusals by name.

Each is an ``httpx.HTTPStatusError``, too: programs for this API look for either, depending on the method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.exceptions import ObjectAlreadyExists, ObjectNotFound
from tidemill.exceptions.http import TidemillHTTPStatusError, said_in

if TYPE_CHECKING:
    from tidemill.exceptions import TidemillException


class ObjectNotFoundError(ObjectNotFound, TidemillHTTPStatusError):
    """There is no such thing (404)."""

    def __init__(self, http_exc: TidemillHTTPStatusError, help_message: str | None = None) -> None:
        Exception.__init__(self, help_message or said_in(http_exc.response))
        self.http_exc, self.help_message = http_exc, help_message
        self.request, self.response = http_exc.request, http_exc.response


class ObjectAlreadyExistsError(ObjectAlreadyExists, TidemillHTTPStatusError):
    """Something else is in the way, most often one of the same name (409)."""

    def __init__(self, http_exc: TidemillHTTPStatusError) -> None:
        Exception.__init__(self, said_in(http_exc.response))
        self.http_exc = http_exc
        self.request, self.response = http_exc.request, http_exc.response


_KINDS: Final = {404: ObjectNotFoundError, 409: ObjectAlreadyExistsError}


def refused_as(error: TidemillHTTPStatusError) -> TidemillException | None:
    """The error by name that a refusal stands for, if it has one."""
    kind = _KINDS.get(error.response.status_code)
    return None if kind is None else kind(error)
