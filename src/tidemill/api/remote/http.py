"""One request to a server and its answer, as what the store's callers expect: values, or the store's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from tidemill import exceptions
from tidemill._version import __version__
from tidemill.api.remote.patience import AWAY, retry_after, wait_before
from tidemill.api.remote.versions import VersionCheck
from tidemill.domain.states import IllegalTransitionError
from tidemill.exceptions import ConfigurationError, InputError, InternalError, NotPausedError
from tidemill.store import errors as store_errors
from tidemill.store.errors import StoreBusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.api.remote.login import Login
    from tidemill.system.clock import Clock

#: A server that is busy or away is asked again so often, before the caller hears of it.
ATTEMPTS: Final = 6
_KNOWN: Final = {
    name: error
    for name, error in [*vars(store_errors).items(), *vars(exceptions).items()]
    if isinstance(error, type) and issubclass(error, Exception)
} | {"IllegalTransitionError": IllegalTransitionError, "NotPausedError": NotPausedError}


class ServerAwayError(StoreBusyError):
    """The server cannot be reached, or says that it cannot answer now; ``retry_after`` is when it may, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Connection:
    """Requests to one server. Threads may share it; a forked child makes its own."""

    def __init__(self, url: str, clock: Clock, login: Login) -> None:
        self.url = url.rstrip("/")
        self._clock = clock
        self._login = login
        self._check = VersionCheck(self.url) if login.checks_version else None
        self._client = self._made()

    def _made(self) -> httpx.Client:
        said = {"User-Agent": f"tidemill/{__version__}", "Content-Type": "application/json", **self._login.headers}
        return httpx.Client(
            base_url=self.url, headers=said, timeout=self._login.timeout_seconds, verify=self._login.verify()
        )

    def begin_anew(self) -> None:
        """In a forked child: the connections are the parent's."""
        self._client = self._made()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def ask(
        self,
        path: str,
        body: bytes,
        *,
        attempts: int = ATTEMPTS,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Post a body; returns the answer's. Raises ServerAwayError, or what the server refuses with.

        ``timeout``: seconds that one answer may take, where that is less than the settings have.
        """
        failures = 0
        while True:
            try:
                return self._once(path, body, headers, timeout)
            except ServerAwayError as error:
                failures += 1
                if failures >= attempts:
                    raise
                self._clock.sleep(wait_before(failures, error.retry_after))

    def _once(self, path: str, body: bytes, headers: Mapping[str, str] | None, timeout: float | None) -> bytes:
        if self._client.is_closed:
            raise ServerAwayError(f"the connection to {self.url} was closed")
        most = self._login.timeout_seconds
        try:
            if self._check is not None:
                self._check.make(self._version)
            answer = self._client.post(path, content=body, headers=headers, timeout=min(most, timeout or most))
        except httpx.TransportError as error:
            raise ServerAwayError(
                f"the server {self.url} cannot be reached ({error or type(error).__name__}). "
                "Start it with: tidemill server start, or look whether TIDEMILL_API_URL is right"
            ) from error
        if answer.is_success and is_document(answer):
            return answer.content
        raise self._refusal(answer)

    def _version(self) -> str | None:
        answer = self._client.get("/tm/version")
        if not (answer.is_success and is_document(answer)):
            return None  # the request itself says why
        return str(msgspec.json.decode(answer.content))

    def _refusal(self, answer: httpx.Response) -> Exception:
        message = _message(answer)
        if answer.status_code in AWAY:
            return ServerAwayError(f"the server {self.url} cannot answer now: {message}", retry_after(answer.headers))
        kind = _KNOWN.get(answer.headers.get("Tidemill-Error", ""))
        if kind is not None:
            return kind(message)
        if answer.status_code in (401, 403):
            return NotLetInError(
                f"the server {self.url} does not let this process in: {message.rstrip('.')}. "
                "Set TIDEMILL_API_KEY to a key made with: tidemill auth key create"
            )
        if answer.status_code in (404, 405) or answer.is_success or answer.is_redirect:
            return ConfigurationError(
                f"{answer.request.url} is no address of a tidemill server: {message.rstrip('.')}. Look whether "
                "TIDEMILL_API_URL names its API, as in http://127.0.0.1:4200/api"
            )
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            return NotUnderstoodError(message)
        return ServerFaultError(f"the server {self.url} failed ({answer.status_code}): {message}")


class NotLetInError(ConfigurationError):
    """The server does not know who asks, or does not let them do this."""


class NotUnderstoodError(StoreError, InputError):
    """The server does not understand what was sent."""


class ServerFaultError(StoreError, InternalError):
    """The server had an accident."""


def is_document(answer: httpx.Response) -> bool:
    """Whether it is something that a tidemill answers: a page, as proxies and other servers have them, is not."""
    if not answer.content:
        return "content-type" not in answer.headers
    kind: str = answer.headers.get("content-type", "")
    return kind.startswith("application/json")


def _message(answer: httpx.Response) -> str:
    if not is_document(answer):
        kind = answer.headers.get("content-type", "").partition(";")[0] if answer.content else "nothing"
        return f"it answered {answer.status_code} {answer.reason_phrase} with {kind}"
    try:
        said = msgspec.json.decode(answer.content)
        return str(said.get("detail") or said.get("exception_message"))
    except (msgspec.DecodeError, AttributeError):
        return answer.text[:200] or answer.reason_phrase
