"""What an answer that is no success comes to, for those who ask a server's store.

ServerAwayError        the server says that it cannot answer now, or cannot be reached
ServerFaultError       it had an accident, or what stands before it had: it may be over soon
NotUnderstoodError     it does not understand what was sent
ConfigurationError     settings do not fit, here or at what stands between
├── NotLetInError      it does not know who asks, or does not let them
└── BodyTooLargeError  less must be sent at once

What the store itself raised at the server is raised here by the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from tidemill import exceptions
from tidemill.api.remote.patience import AWAY, retry_after
from tidemill.domain.states import IllegalTransitionError
from tidemill.exceptions import ConfigurationError, InputError, NotPausedError
from tidemill.store import errors as store_errors
from tidemill.store.errors import StoreBusyError, StoreError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

_KNOWN: Final = {
    name: error
    for name, error in [*vars(store_errors).items(), *vars(exceptions).items()]
    if isinstance(error, type) and issubclass(error, Exception)
} | {"IllegalTransitionError": IllegalTransitionError, "NotPausedError": NotPausedError}
_LONGEST: Final = 200


class ServerAwayError(StoreBusyError):
    """The server cannot be reached, or says that it cannot answer now; ``retry_after`` is when it may, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerFaultError(StoreUnavailableError):
    """The server had an accident, or what stands before it had; what is reported is kept, and reported again."""


class NotUnderstoodError(StoreError, InputError):
    """The server does not understand what was sent."""


class NotLetInError(ConfigurationError):
    """The server does not know who asks, or does not let them do this."""


class BodyTooLargeError(ConfigurationError):
    """What was sent is larger than the server takes, or what stands before it."""


def away(url: str, error: Exception) -> str:
    """That nobody can be reached there, and what to do about it."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            f"the server {url} is not trusted ({error}). Let TIDEMILL_API_SSL_CERT_FILE name the file with the "
            "certificates of who signed its own"
        )
    return (
        f"the server {url} cannot be reached ({error or type(error).__name__}). "
        "Start it with: tidemill server start, or look whether TIDEMILL_API_URL is right"
    )


def is_ours(answer: httpx.Response) -> bool:
    """Whether it is something that a tidemill answers: a page, as proxies and other servers have them, is not."""
    kind: str = answer.headers.get("Content-Type", "")
    return kind.startswith("application/json") if answer.content else not kind


def refusal(answer: httpx.Response, url: str) -> Exception:
    """The error that an answer stands for, of the server whose API is at ``url``."""
    message = _message(answer)
    if answer.status_code in AWAY:
        return ServerAwayError(f"the server {url} cannot answer now: {message}", retry_after(answer.headers))
    kind = _KNOWN.get(answer.headers.get("Tidemill-Error", ""))
    if kind is not None:
        return kind(message)
    if answer.is_success:
        return ServerFaultError(str(_no_server(answer, message)))  # a proxy may say so while its server is away
    if answer.is_server_error:
        return ServerFaultError(f"the server {url} failed ({answer.status_code}): {message}")
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return NotUnderstoodError(message)
    return _LASTING.get(answer.status_code, _refused)(answer, message, url)


def _not_let_in(_: httpx.Response, message: str, url: str) -> ConfigurationError:
    message = message.rstrip(".")
    if "TIDEMILL_API_KEY" not in message:
        message += ". Set TIDEMILL_API_KEY to a key made with: tidemill auth key create"
    return NotLetInError(f"the server {url} does not let this process in: {message}")


def no_api(answer: httpx.Response) -> ConfigurationError:
    """For an answer of somebody who is no server of ours."""
    return _no_server(answer, _message(answer))


def _no_server(answer: httpx.Response, message: str, _: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"{answer.request.url} is no address of a tidemill server: {message.rstrip('.')}. Look whether "
        "TIDEMILL_API_URL names its API, as in http://127.0.0.1:4200/api"
    )


def _too_large(answer: httpx.Response, message: str, _: str) -> ConfigurationError:
    return BodyTooLargeError(
        f"{answer.request.url} takes no bodies of {len(answer.request.content):,} bytes: {message} Let what stands "
        "before the server take larger ones (nginx: client_max_body_size)"
    )


def _refused(answer: httpx.Response, message: str, _: str) -> ConfigurationError:
    if answer.has_redirect_location:
        return ConfigurationError(
            f"{answer.request.url} leads on to {answer.headers['Location']}: let TIDEMILL_API_URL be where the API is"
        )
    if answer.is_redirect:
        return _no_server(answer, message)
    return ConfigurationError(f"{answer.request.url} refuses ({answer.status_code}): {message}")


#: What stays as it is until somebody mends the settings.
_LASTING: Final[dict[int, Callable[[httpx.Response, str, str], ConfigurationError]]] = {
    401: _not_let_in,
    403: _not_let_in,
    404: _no_server,
    405: _no_server,
    413: _too_large,
}


def _message(answer: httpx.Response) -> str:
    if not is_ours(answer):
        kind = answer.headers.get("Content-Type", "something").partition(";")[0] if answer.content else "nothing"
        return f"it answered {answer.status_code} {answer.reason_phrase} with {kind}"
    try:
        said = msgspec.json.decode(answer.content)
        return str(said.get("detail") or said.get("exception_message"))
    except (msgspec.DecodeError, AttributeError):
        return answer.text[:_LONGEST] or answer.reason_phrase
