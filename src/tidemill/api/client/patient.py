"""What both HTTP clients do around one request: send it again while the server is away, fetch a CSRF token if asked.

Written once, as logic that asks for each sending and each wait (``tidemill.system.asking``).
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID, uuid4

import httpx
import msgspec

from tidemill.api.operation import REQUEST_ID
from tidemill.api.remote.patience import AWAY, retry_after, wait_before
from tidemill.exceptions.http import TidemillHTTPStatusError
from tidemill.settings import get_current_settings
from tidemill.system.asking import Ask, Asking, adrive, drive
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.client")

#: Who waits longer wants to know for what.
_LONG_SECONDS: Final = 5.0
CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TOKEN: Final = "Tidemill-Csrf-Token"  # noqa: S105 - a header's name
_CLIENT: Final = "Tidemill-Csrf-Client"
_FORBIDDEN: Final = 403
_FAULTS: Final = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)


class TidemillResponse(httpx.Response):
    """An answer whose ``raise_for_status`` says what the server said."""

    def raise_for_status(self) -> Self:
        """Raise ``TidemillHTTPStatusError`` for any answer but success."""
        try:
            super().raise_for_status()
        except httpx.HTTPStatusError as error:
            raise TidemillHTTPStatusError.from_httpx_error(error) from None
        return self

    @classmethod
    def from_httpx_response(cls, response: httpx.Response) -> Self:
        """The same answer, as one of these."""
        response.__class__ = cls
        return response  # type: ignore[return-value]  # it is one now


class Patient:
    """The part of a client that is the same for callers and awaiters. Attributes are the contract's.

    ``attempts``: how often a request is sent at most; by default as the settings say. ``clock``: what it waits by. With
    ``raise_on_all_errors`` any answer but success raises ``TidemillHTTPStatusError``.
    """

    _plain: type[Any]
    _transport: Any
    _mounts: Any

    def __init__(
        self,
        *args: Any,
        enable_csrf_support: bool = False,
        raise_on_all_errors: bool = True,
        clock: Clock | None = None,
        attempts: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.enable_csrf_support = enable_csrf_support
        self.csrf_token: str | None = None
        self.csrf_token_expiration: datetime | None = None
        self.csrf_client_id: UUID = uuid4()
        self.raise_on_all_errors = raise_on_all_errors
        self._clock = clock or SystemClock()
        self._attempts = attempts
        self._place: tuple[int, object] | None = None
        self._made_of = None if kwargs.get("transport") is not None else (args, kwargs)
        super().__init__(*args, **kwargs)

    def _connect_from(self, loop: object) -> None:
        """Have connections of this process's own, and of the event loop's: a forked child, and a loop that follows on
        another, find those of somebody who is still using them, or is gone.
        """
        place = (os.getpid(), loop)
        if self._made_of is not None and self._place is not None and self._place != place:
            args, kwargs = self._made_of
            fresh = self._plain(*args, **kwargs)
            self._transport, self._mounts = fresh._transport, fresh._mounts  # noqa: SLF001 - httpx has no other way
        self._place = place

    def _patiently(
        self, request: httpx.Request, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Asking[httpx.Response]:
        chosen = get_current_settings().client
        away = AWAY | chosen.retry_extra_codes
        if request.method in CHANGING:
            request.headers.setdefault(REQUEST_ID, str(uuid4()))  # sent again, it is answered as the first time
        most = chosen.max_retries + 1 if self._attempts is None else self._attempts
        attempt = 0
        while True:
            attempt += 1
            try:
                response = yield from self._with_token(request, args, options)
            except _FAULTS:
                if attempt >= most:
                    raise
                asked = None
            else:
                if response.status_code not in away or attempt >= most:
                    break
                asked = retry_after(response.headers)
                yield Ask(response, "close")  # where it is a stream, it keeps a connection
            wait = wait_before(attempt, asked, jitter=chosen.retry_jitter_factor)
            level = logging.DEBUG if wait < _LONG_SECONDS else logging.WARNING
            logger.log(
                level, "%s cannot answer now; it is asked again in %.1f s.", request.url.copy_with(query=None), wait
            )
            yield Ask(self._clock, "sleep", (wait,))
        answered = TidemillResponse.from_httpx_response(response)
        return answered.raise_for_status() if self.raise_on_all_errors and answered.is_error else answered

    def _with_token(
        self, request: httpx.Request, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Asking[httpx.Response]:
        self._put_token(request)
        response: httpx.Response = yield Ask(self, "send_once", (request, *args), options, "send_once")
        if not (self.enable_csrf_support and request.method in CHANGING and response.status_code == _FORBIDDEN):
            return response
        yield Ask(response, "read")
        if b"csrf" not in response.content.lower():
            return response
        yield from self._fetch_token()
        self._put_token(request)
        response = yield Ask(self, "send_once", (request, *args), options, "send_once")
        return response

    def _put_token(self, request: httpx.Request) -> None:
        if self.csrf_token is not None and request.method in CHANGING:
            request.headers[_TOKEN] = self.csrf_token
            request.headers[_CLIENT] = str(self.csrf_client_id)

    def _fetch_token(self) -> Asking[None]:
        build: Any = self.build_request  # type: ignore[attr-defined]  # httpx's, beside which this class stands
        question = build("GET", "/csrf-token", params={"client": str(self.csrf_client_id)})
        answer: httpx.Response = yield Ask(self, "send_once", (question,), {}, "send_once")
        if answer.is_success:
            said = msgspec.json.decode(answer.content)
            self.csrf_token = said["token"]
            until = datetime.fromisoformat(said["expiration"])
            self.csrf_token_expiration = until if until.tzinfo else until.replace(tzinfo=UTC)
        elif answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            self.enable_csrf_support = False  # it has none
            self.csrf_token_expiration = None


class PatientAwaiter(Patient, httpx.AsyncClient):
    """For awaiters."""

    _plain = httpx.AsyncClient

    async def send(self, request: httpx.Request, *args: Any, **kwargs: Any) -> httpx.Response:
        """Send, and send again if need be."""
        return await adrive(self._patiently(request, args, kwargs))

    async def send_once(self, request: httpx.Request, *args: Any, **kwargs: Any) -> httpx.Response:
        """Send, as httpx does."""
        import asyncio  # noqa: PLC0415 - callers do without it

        self._connect_from(asyncio.get_running_loop())
        return await super().send(request, *args, **kwargs)


class PatientCaller(Patient, httpx.Client):
    """For callers."""

    _plain = httpx.Client

    def send(self, request: httpx.Request, *args: Any, **kwargs: Any) -> httpx.Response:
        """Send, and send again if need be."""
        return drive(self._patiently(request, args, kwargs))

    def send_once(self, request: httpx.Request, *args: Any, **kwargs: Any) -> httpx.Response:
        """Send, as httpx does."""
        self._connect_from(None)
        return super().send(request, *args, **kwargs)
