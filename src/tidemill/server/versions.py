"""Which clients are understood: what they say of their version, and who is too old."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tidemill.server.refusals import Refusal

if TYPE_CHECKING:
    from tidemill.server.calls import Headers

#: The version of the API that is spoken here. Later ones add to it, so clients of those are understood.
API_VERSION: Final = "0.8.4"
_OLDEST: Final = (0, 8, 0)
_SAID: Final = "x-prefect-api-version"
_VERSION: Final = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})", re.ASCII)
_CLIENT: Final = re.compile(r"prefect/(\d+\.\d+\.\d+)", re.ASCII)


def refuse_too_old(headers: Headers) -> None:
    """Refuse (400) who speaks an API version that is understood no more, or none. Who says nothing is understood."""
    said = headers.get(_SAID)
    if not said or said == API_VERSION:
        return
    found = _VERSION.fullmatch(said.strip())
    if found is None:
        raise Refusal(400, f"The header {_SAID.upper()} is {said[:100]!r}; expected a version such as {API_VERSION}")
    if tuple(map(int, found.groups())) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise Refusal(
            400,
            f"The client speaks version {said} of the API; this server speaks {oldest} and later. Update the client.",
        )


def client_version(headers: Headers) -> str | None:
    """The version of the client's own package, as its user agent says it; None where it does not."""
    found = _CLIENT.match(headers.get("user-agent") or "")
    return None if found is None else found[1]
