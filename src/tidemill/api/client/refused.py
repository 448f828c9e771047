"""What a tidemill that was asked says no with.

RefusedError            it says no: ``status`` and the sentence
├── NotThereError       404
├── ConflictError       409: something else is in the way
├── NotValidError       422: what was sent does not fit
├── NotAllowedError     401, 403
├── NotNowError         408, 429, 502, 503, 504: it may do it soon
└── NotTheApiError      what answers is no tidemill
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.api.remote.patience import AWAY
from tidemill.exceptions import TidemillException

if TYPE_CHECKING:
    from tidemill.api.client.transport import Reply

_LONGEST: Final = 500


class RefusedError(TidemillException):
    """It says no."""

    def __init__(self, message: str, status: int, body: bytes = b"") -> None:
        super().__init__(message, status, body)
        self.message = message
        self.status = status
        self.body = body

    def __str__(self) -> str:
        return self.message

    @property
    def said(self) -> Any:
        """The body, if it is JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class NotThereError(RefusedError):
    """What was asked for is not there."""


class ConflictError(RefusedError):
    """Something else is in the way, most often one of the same name."""


class NotValidError(RefusedError):
    """What was sent does not fit."""


class NotAllowedError(RefusedError):
    """Who asks is not known there, or may not."""


class NotNowError(RefusedError):
    """It cannot, at this moment."""


class NotTheApiError(RefusedError):
    """What answers at that address is something else: a proxy's page, another program."""


_KINDS: Final = {
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotThereError,
    409: ConflictError,
    422: NotValidError,
    **dict.fromkeys(AWAY, NotNowError),
}
_ADVICE: Final = "Set TIDEMILL_API_KEY to a key made with: tidemill auth key create"


def refusal_from(reply: Reply, where: str) -> RefusedError:
    """The error that an answer stands for."""
    if reply.status not in (401, 403, *AWAY) and not _is_document(reply):
        return not_the_api(reply, where)
    message = _message(reply)
    if reply.status in (401, 403):
        message = f"{where} does not let this process in: {message}"
        if reply.status == 401 and "TIDEMILL_API_KEY" not in message:  # noqa: PLR2004 - HTTP
            message = f"{message}. {_ADVICE}"
    elif reply.status not in _KINDS or reply.status in AWAY:
        message = f"{where} answered {reply.status}: {message}"
    return _KINDS.get(reply.status, RefusedError)(message, reply.status, reply.body)


def not_the_api(reply: Reply, where: str) -> NotTheApiError:
    """What to say of an answer that no tidemill gives."""
    what = reply.headers.get("content-type", "").partition(";")[0] if reply.body else "nothing"
    message = (
        f"{where} is no address of a tidemill API: it answered {reply.status} with {what}. Look whether "
        "TIDEMILL_API_URL names one, as in http://127.0.0.1:4200/api"
    )
    return NotTheApiError(message, reply.status, reply.body)


def _is_document(reply: Reply) -> bool:
    return reply.headers.get("content-type", "application/json").startswith("application/json")


def _message(reply: Reply) -> str:
    if not _is_document(reply):
        return HTTPStatus(reply.status).phrase
    try:
        said = msgspec.json.decode(reply.body)
        faults = said.get("exception_detail")
        if faults and isinstance(faults, list):
            return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
        return str(said.get("detail") or said.get("exception_message"))
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
        return reply.body[:_LONGEST].decode("utf-8", "replace") or f"status {reply.status}"
