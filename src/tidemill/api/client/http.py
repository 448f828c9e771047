"""Requests over HTTP, sent again while the server is away for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from tidemill._version import __version__
from tidemill.api.client.patient import PatientCaller
from tidemill.api.client.refused import refusal_from
from tidemill.api.client.transport import Reply
from tidemill.api.remote.refusals import ServerAwayError, away

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from tidemill.api.remote.login import Login
    from tidemill.system.clock import Clock


#: A stream gives a sign of life more often.
_LONGEST_SILENCE_SECONDS: Final = 30.0


class HttpTransport:
    """One server at ``url``, the address of its API. ``attempts``: how often a request is sent at most."""

    def __init__(self, url: str, clock: Clock, login: Login, *, attempts: int = 3) -> None:
        self.where = url.rstrip("/")
        self._client = PatientCaller(
            base_url=self.where,
            attempts=attempts,
            clock=clock,
            enable_csrf_support=True,
            raise_on_all_errors=False,
            headers={"User-Agent": f"tidemill/{__version__}", **login.headers},
            timeout=login.timeout_seconds,
            verify=login.verify(),
        )

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send it. Raises ServerAwayError where the server cannot be reached."""
        try:
            answer = self._client.request(method, target, content=body, headers=dict(headers))
        except httpx.TransportError as error:
            raise ServerAwayError(away(self.where, error)) from error
        return _reply(answer)

    def stream(self, target: str, headers: Mapping[str, str]) -> Generator[bytes, None, None]:
        """What a GET answers, as it comes. Raises ServerAwayError where the server cannot be reached, or no longer."""
        silence = httpx.Timeout(self._client.timeout.connect, read=_LONGEST_SILENCE_SECONDS)
        try:
            with self._client.stream("GET", target, headers=dict(headers), timeout=silence) as answer:
                if not answer.is_success:
                    answer.read()
                    raise refusal_from(_reply(answer), self.where)
                yield from answer.iter_bytes()
        except httpx.TransportError as error:
            raise ServerAwayError(away(self.where, error)) from error

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def _reply(answer: httpx.Response) -> Reply:
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)
