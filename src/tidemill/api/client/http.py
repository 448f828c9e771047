"""Requests over HTTP, sent again while the server is away for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tidemill._version import __version__
from tidemill.api.client.patient import PatientCaller
from tidemill.api.client.transport import Reply
from tidemill.api.remote.http import ServerAwayError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.api.remote.login import Login
    from tidemill.system.clock import Clock


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
            raise ServerAwayError(
                f"the server {self.where} cannot be reached ({error or type(error).__name__}). "
                "Start it with: tidemill server start, or look whether TIDEMILL_API_URL is right"
            ) from error
        return Reply(
            answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
