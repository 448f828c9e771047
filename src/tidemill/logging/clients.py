"""Log lines of a server, as they are written.

::

    async with get_logs_subscriber(LogFilter(level={"ge_": logging.INFO})) as lines:
        async for line in lines:
            print(line.message)
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from tidemill.api.remote.login import is_same, login_of
from tidemill.api.remote.patience import wait_before
from tidemill.client.schemas.filters import LogFilter
from tidemill.client.schemas.objects import Log  # noqa: TC001 - msgspec reads the annotation
from tidemill.exceptions import ConfigurationError
from tidemill.settings import get_current_settings
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from types import TracebackType

    from websockets.asyncio.client import ClientConnection

__all__ = ["TidemillLogsSubscriber", "get_logs_subscriber", "http_to_ws", "logs_out_socket_from_api_url"]

_CLEAN: Final = 1000
#: How a server closes that would do so again: not to be asked in this way, or not by this client.
_FOR_GOOD: Final = frozenset({1002, 1008})


class _Frame(msgspec.Struct):
    log: Log


_read: Final = msgspec.json.Decoder(_Frame).decode


def http_to_ws(url: str) -> str:
    """The address of a server's sockets, from that of its API."""
    return url.replace("https://", "wss://", 1).replace("http://", "ws://", 1).rstrip("/")


def logs_out_socket_from_api_url(url: str) -> str:
    """The address of the socket that log lines come out of."""
    return f"{http_to_ws(url)}/logs/out"


def get_logs_subscriber(
    filter: LogFilter | None = None,  # noqa: A002 - the contract's name
    reconnection_attempts: int = 10,
    reconnect_on_clean_close: bool = False,
) -> TidemillLogsSubscriber:
    """Lines of the server that this process reports to. Raises ConfigurationError where it reports to none."""
    return TidemillLogsSubscriber(None, filter, reconnection_attempts, reconnect_on_clean_close)


class TidemillLogsSubscriber:
    """Lines for which a filter holds, each when it is written; for ``async with`` and ``async for``.

    The connection is made again when it breaks, ``reconnection_attempts`` times in a row at most; what is written
    meanwhile is not told. When the server closes it in order, the lines end, unless ``reconnect_on_clean_close``.
    ``api_url`` is the server of the settings by default. Raises ConfigurationError for a server that does not let this
    process in, or lets nobody follow its log lines (``TIDEMILL_SERVER_LOGS_STREAM_OUT_ENABLED``).
    """

    def __init__(
        self,
        api_url: str | None = None,
        filter: LogFilter | None = None,  # noqa: A002 - as above
        reconnection_attempts: int = 10,
        reconnect_on_clean_close: bool = False,
    ) -> None:
        settings = get_current_settings()
        url = api_url or settings.api.url
        if url is None:
            raise ConfigurationError("log lines come from a server: set TIDEMILL_API_URL, or say which by 'api_url'")
        if reconnection_attempts < 0:
            raise ValueError(f"expected 'reconnection_attempts' to be 0 or more, got {reconnection_attempts}")
        ours = settings.api.url is None or is_same(url, settings.api.url)
        key = (settings.api.key or settings.api.auth_string) if ours else None
        self._token = None if key is None else key.get_secret_value()
        self._url = logs_out_socket_from_api_url(url)
        self._login = login_of(settings, url)
        self._filter = filter or LogFilter()
        self._attempts = reconnection_attempts
        self._after_clean_close = reconnect_on_clean_close
        self._socket: ClientConnection | None = None

    @property
    def client_name(self) -> str:
        """The name of the class."""
        return type(self).__name__

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._disconnect()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Log:
        from websockets.exceptions import ConnectionClosed, InvalidHandshake  # noqa: PLC0415 - comes with the server

        failures = 0
        while True:
            try:
                if self._socket is None:
                    await self._connect()
                assert self._socket is not None
                return _read(await self._socket.recv()).log
            except ConnectionClosed as closed:
                self._check(closed)
                failure: Exception = closed
            except (OSError, InvalidHandshake) as error:
                failure = error
            await self._disconnect()
            failures += 1
            if failures > self._attempts:
                raise failure
            await SystemClock().asleep(wait_before(failures))

    def _check(self, closed: Any) -> None:
        """Raise what a farewell comes to that is to be taken at its word."""
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (None, "")
        if code in _FOR_GOOD:
            raise ConfigurationError(f"{self._url} sends no log lines: {reason or code}") from closed
        if code == _CLEAN and not self._after_clean_close:
            raise StopAsyncIteration

    async def _connect(self) -> None:
        from websockets.asyncio.client import connect  # noqa: PLC0415 - as above
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - as above
        from websockets.typing import Subprotocol  # noqa: PLC0415 - as above

        trust: dict[str, Any] = {"ssl": self._trusted()} if self._url.startswith("wss:") else {}
        self._socket = await connect(
            self._url, subprotocols=[Subprotocol("prefect")], additional_headers=self._login.headers, **trust
        )
        asked = {"type": "filter", "filter": self._filter.model_dump(mode="json")}
        try:
            await self._socket.send(msgspec.json.encode({"type": "auth", "token": self._token}).decode())
            await self._socket.recv()
            await self._socket.send(msgspec.json.encode(asked).decode())
        except ConnectionClosed as closed:
            self._check(closed)
            raise

    async def _disconnect(self) -> None:
        leaving, self._socket = self._socket, None
        if leaving is not None:
            await leaving.close()

    def _trusted(self) -> ssl.SSLContext:
        verify = self._login.verify()
        if isinstance(verify, ssl.SSLContext):
            return verify
        context = ssl.create_default_context()
        if not verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
