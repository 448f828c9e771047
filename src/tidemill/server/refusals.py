"""How the server says no: one form for every refusal, and from which error each comes.

The body has the sentence under the two names that clients of this API look for. A refused body or query (422) says in
``exception_detail`` where the fault is, as ``loc``.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from tidemill.domain.states import IllegalTransitionError
from tidemill.encryption.errors import MissingKeyError, SealBrokenError
from tidemill.exceptions import InputError, NotPausedError
from tidemill.store.errors import (
    InputExistsError,
    MissingError,
    RunHeldError,
    StaleEpochError,
    StoreFullError,
    StoreUnavailableError,
    TakenError,
    UnknownRunError,
)

_UNAVAILABLE: Final = 503
#: How long clients should wait before they ask again, in seconds.
_RETRY_AFTER: Final = "2"
#: The first that fits counts.
_STATUSES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (StoreFullError, 507),
    (StoreUnavailableError, _UNAVAILABLE),
    (MissingError, 404),
    (UnknownRunError, 404),
    (TakenError, 409),
    (InputExistsError, 409),
    (RunHeldError, 409),
    (StaleEpochError, 409),
    (IllegalTransitionError, 409),
    (NotPausedError, 409),
    (MissingKeyError, _UNAVAILABLE),
    (SealBrokenError, 409),
    (InputError, 422),
    (OverflowError, 422),  # a number that no column holds, or a moment beyond the calendar
    (UnicodeEncodeError, 422),
)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """An answer that says no."""

    def __init__(self, status: int, message: str, *, detail: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def body(self) -> bytes:
        """As JSON."""
        said: dict[str, Any] = {"detail": str(self), "exception_message": str(self)}
        if self.status == 422:  # noqa: PLR2004 - the one that clients read the fields of
            said |= {"exception_message": "Invalid request received.", "exception_detail": self.detail or []}
            said["request_body"] = None
        return msgspec.json.encode(said)


def refusal_of(error: Exception) -> Refusal | None:
    """What an error of the store or the domain means to who asked; None for what is our fault."""
    if isinstance(error, Refusal):
        return error
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            headers = {"Tidemill-Error": type(error).__name__}
            if status == _UNAVAILABLE:
                headers["Retry-After"] = _RETRY_AFTER
            return Refusal(status, str(error), headers=headers)
    return None


def not_valid(place: str, message: str, *path: str | int) -> Refusal:
    """What was sent does not fit: in ``place`` ("body", "query", "path"), at ``path`` within."""
    where = ".".join(str(step) for step in (place, *path))
    return Refusal(422, f"{where}: {message}", detail=[{"loc": [place, *path], "msg": message, "type": "value_error"}])


_AT: Final = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_FIELD: Final = re.compile(r"(?:unknown|required) field `([^`]+)`")


def not_fitting(place: str, error: msgspec.ValidationError) -> Refusal:
    """From what the decoder says, with the path to the field."""
    text = str(error)
    found = _AT.search(text)
    steps = [name or index for name, index in _STEP.findall(found[1])] if found else []
    message = text[: found.start()] if found else text
    path: list[str | int] = [int(step) if step.isdigit() else step for step in steps if step != "..."]
    field = _FIELD.search(message)
    if field:
        path.append(field[1])
    return not_valid(place, message, *path)
