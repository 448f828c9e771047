"""One request to a server and its answer, as what the store's callers expect: values, or the store's errors."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec

from tidemill._version import __version__
from tidemill.api.remote.clocks import SHOWS, Clocks
from tidemill.api.remote.patience import wait_before
from tidemill.api.remote.refusals import ServerAwayError, ServerFaultError, away, is_ours, refusal
from tidemill.api.remote.versions import VersionCheck

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidemill.api.remote.login import Login
    from tidemill.system.clock import Clock

#: A server that is busy or away is asked again so often, before the caller hears of it.
ATTEMPTS: Final = 6
#: What is answered after some time may come so much later than it should; then it is lost, with its connection.
_LATE_SECONDS: Final = 5.0


class Connection:
    """Requests to one server. Threads may share it; a forked child makes its own."""

    def __init__(self, url: str, clock: Clock, login: Login) -> None:
        self.url = url.rstrip("/")
        self._clock = clock
        self._login = login
        self._check = VersionCheck(self.url) if login.checks_version else None
        self.clocks = Clocks(clock)
        self._client = self._made()
        self._waiting: httpx.Client | None = None
        self._making = Lock()

    def _made(self, **how: Any) -> httpx.Client:
        said = {"User-Agent": f"tidemill/{__version__}", "Content-Type": "application/json", **self._login.headers}
        return httpx.Client(
            base_url=self.url, headers=said, timeout=self._login.timeout_seconds, verify=self._login.verify(), **how
        )

    def begin_anew(self) -> None:
        """In a forked child: the connections are the parent's."""
        self._client = self._made()
        self._waiting = None
        self._making = Lock()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
        with self._making:
            if self._waiting is not None:
                self._waiting.close()

    def wait(self, path: str, body: Callable[[], bytes], seconds: float) -> bytes:
        """As ``ask``, once, for what is answered when there is something to tell, after ``seconds`` at most.

        On connections of its own: however many wait, they keep nobody from reporting.
        """
        with self._making:
            if self._waiting is None:
                self._waiting = self._made(limits=httpx.Limits(max_connections=None, max_keepalive_connections=20))
            client = self._waiting
        return self._once(path, body, None, seconds + _LATE_SECONDS, client)

    def ask(
        self,
        path: str,
        body: Callable[[], bytes],
        *,
        attempts: int = ATTEMPTS,
        timeout: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Post a body; returns the answer's. Raises ServerAwayError, or what the server refuses with.

        ``body`` is asked for it when ``clocks`` have been compared. ``timeout``: seconds that one answer may take,
        where that is less than the settings have; all attempts together are begun within it.
        """
        most = min(self._login.timeout_seconds, timeout or self._login.timeout_seconds)
        failures, until = 0, self._clock.monotonic() + most
        while True:
            try:
                return self._once(path, body, headers, most, self._client)
            except ServerAwayError as error:
                failures += 1
                wait = wait_before(failures, error.retry_after)
                if failures >= attempts or self._clock.monotonic() + wait >= until:
                    raise
                self._clock.sleep(wait)

    def _once(
        self,
        path: str,
        body: Callable[[], bytes],
        headers: Mapping[str, str] | None,
        most: float,
        client: httpx.Client,
    ) -> bytes:
        if self._client.is_closed:
            raise ServerAwayError(f"the connection to {self.url} was closed")
        try:
            if self.clocks.must_compare:
                self._greet(min(most, self._login.timeout_seconds))
            answer = client.post(path, content=body(), headers=headers, timeout=most)
        except httpx.TransportError as error:
            raise ServerAwayError(away(self.url, error)) from error
        except httpx.DecodingError as error:
            raise ServerFaultError(f"what answers at {self.url} cannot be read: {error}") from error
        if answer.is_success and is_ours(answer):
            return answer.content
        raise refusal(answer, self.url)

    def _greet(self, timeout: float) -> None:
        """Ask who the server is, and how late it is there. Where it does not say, the request itself is told why."""
        before = self._clock.now_us()
        answer = self._client.get("/tm/version", timeout=timeout)
        self.clocks.compare(before, self._clock.now_us(), answer.headers.get(SHOWS))
        if self._check is not None:
            told = answer.is_success and is_ours(answer)
            self._check.make(lambda: str(msgspec.json.decode(answer.content)) if told else None)
