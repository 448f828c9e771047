"""Requests over HTTP, sent again while the server is away for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tidemill._version import __version__
from tidemill.api.client.transport import Reply
from tidemill.api.remote.http import ServerAwayError
from tidemill.api.remote.patience import AWAY, retry_after, wait_before

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.api.remote.login import Login
    from tidemill.system.clock import Clock


class HttpTransport:
    """One server at ``url``, the address of its API. ``attempts``: how often a request is sent at most."""

    def __init__(self, url: str, clock: Clock, login: Login, *, attempts: int = 3) -> None:
        self.where = url.rstrip("/")
        self._clock = clock
        self._attempts = attempts
        self._client = httpx.Client(
            headers={"User-Agent": f"tidemill/{__version__}", **login.headers},
            timeout=login.timeout_seconds,
            verify=login.verify(),
        )

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send it. Raises ServerAwayError where the server cannot be reached, or goes on saying that it is busy."""
        for attempt in range(1, self._attempts + 1):
            try:
                reply = self._once(method, target, body, headers)
            except ServerAwayError:
                if attempt == self._attempts:
                    raise
                self._wait(attempt, None)
            else:
                if reply.status not in AWAY or attempt == self._attempts:
                    return reply
                self._wait(attempt, retry_after(reply.headers))
        raise AssertionError("unreachable")

    def _once(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            answer = self._client.request(method, self.where + target, content=body, headers=dict(headers))
        except httpx.TransportError as error:
            raise ServerAwayError(
                f"the server {self.where} cannot be reached ({error or type(error).__name__}). "
                "Start it with: tidemill server start, or look whether TIDEMILL_API_URL is right"
            ) from error
        return Reply(
            answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content
        )

    def _wait(self, attempt: int, asked: float | None) -> None:
        self._clock.sleep(wait_before(attempt, asked))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
