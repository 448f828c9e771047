"""A client of the REST API, for callers and for awaiters: ``get_client``.

Without ``TIDEMILL_API_URL`` it works within the process, on the store that runs of this process are recorded in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, overload

from tidemill._version import __version__
from tidemill.api.remote.login import login_of
from tidemill.client.base import (
    ServerType,
    TidemillHttpxAsyncClient,
    TidemillHttpxSyncClient,
    determine_server_type,
)
from tidemill.client.methods import Awaited, Called
from tidemill.client.orchestration.artifacts import ArtifactMethods
from tidemill.client.orchestration.automations import AutomationMethods
from tidemill.client.orchestration.blocks import BlockDocumentMethods, BlockSchemaMethods, BlockTypeMethods
from tidemill.client.orchestration.deployments import DeploymentMethods, ScheduleMethods, paused_or_not
from tidemill.client.orchestration.events import EventMethods
from tidemill.client.orchestration.flow_runs import FlowRunMethods
from tidemill.client.orchestration.flows import FlowMethods
from tidemill.client.orchestration.limits import GlobalLimitMethods, SlotMethods, TagLimitMethods
from tidemill.client.orchestration.logs import LogMethods
from tidemill.client.orchestration.server import ServerMethods
from tidemill.client.orchestration.task_runs import TaskRunMethods
from tidemill.client.orchestration.variables import VariableMethods
from tidemill.client.orchestration.work_pools import WorkerMethods, WorkPoolMethods
from tidemill.client.orchestration.work_queues import WorkQueueMethods
from tidemill.client.transports import AppTransport, home_transport, waiting_hooks
from tidemill.logging import get_logger
from tidemill.settings import get_current_settings
from tidemill.system.asking import adrive, drive

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from uuid import UUID

    import httpx

    from tidemill.client.base import ASGIApp

__all__ = ["SyncTidemillClient", "TidemillClient", "get_client"]

#: How addresses of what is within the process are written.
_HERE = "http://ephemeral-tidemill/api"


class Methods(
    FlowMethods,
    FlowRunMethods,
    TaskRunMethods,
    LogMethods,
    VariableMethods,
    ArtifactMethods,
    DeploymentMethods,
    ScheduleMethods,
    WorkPoolMethods,
    WorkerMethods,
    WorkQueueMethods,
    TagLimitMethods,
    GlobalLimitMethods,
    SlotMethods,
    BlockTypeMethods,
    BlockSchemaMethods,
    BlockDocumentMethods,
    AutomationMethods,
    EventMethods,
    ServerMethods,
):
    """Everything that can be asked for, and whom."""

    def __init__(
        self,
        api: str | ASGIApp,
        *,
        auth_string: str | None = None,
        api_key: str | None = None,
        api_version: str | None = None,
        httpx_settings: dict[str, Any] | None = None,
        server_type: ServerType | None = None,
    ) -> None:
        """``api`` is the URL of an API, or an ASGI application.

        ``httpx_settings`` go to httpx and count more than the settings. ``auth_string`` is ``user:password``. Without
        it and ``api_key``, the settings' count, unless they are for another server.
        """
        self.logger = get_logger("client")
        self.manage_lifespan = not isinstance(api, str)
        self.server_type = server_type or (ServerType.SERVER if isinstance(api, str) else ServerType.EPHEMERAL)
        chosen = _login(api, api_key, auth_string) if isinstance(api, str) else {}
        chosen["headers"] = chosen.get("headers", {}) | {"User-Agent": f"tidemill/{__version__}"}
        if api_version is not None:
            chosen["headers"]["X-Tidemill-Api-Version"] = api_version
        if not isinstance(api, str):
            chosen["transport"] = AppTransport(api)
        chosen["headers"] |= dict(get_current_settings().client.custom_headers)
        more = dict(httpx_settings or {})
        chosen["headers"] |= dict(more.pop("headers", None) or {})
        more.setdefault("enable_csrf_support", get_current_settings().client.csrf_support_enabled)
        url = api if isinstance(api, str) else _HERE
        hooks = dict(more.pop("event_hooks", None) or {})
        own = waiting_hooks(url, awaiting=isinstance(self, Awaited))
        chosen["event_hooks"] = hooks | {"request": [*own, *hooks.get("request", ())]}
        self._client = self._http(**({"base_url": url, "follow_redirects": True} | chosen | more))
        self._entered = 0

    _http: Callable[..., Any]

    def _enter(self) -> None:
        if self._client.is_closed:
            raise RuntimeError("this client was left, and its connections are closed; get_client() gives another one")
        self._entered += 1

    def _leave(self) -> bool:
        """Whether that was the outermost block."""
        self._entered -= 1
        return self._entered == 0


class TidemillClient(Methods, Awaited):
    """Asks an API, for awaiters. The outermost ``async with`` lets go of the connections at its end."""

    _http = TidemillHttpxAsyncClient

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that runs here; None outside of one."""
        import asyncio  # noqa: PLC0415 - only whoever asks

        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            return None

    async def aset_deployment_paused_state(self, deployment_id: UUID | str, paused: bool) -> None:
        """As ``pause_deployment`` and ``resume_deployment``, which are the newer names. Raises ObjectNotFound."""
        await adrive(paused_or_not(self, deployment_id, paused))

    def set_deployment_paused_state(self, deployment_id: UUID | str, paused: bool) -> Coroutine[Any, Any, None]:
        """As ``aset_deployment_paused_state``."""
        return self.aset_deployment_paused_state(deployment_id, paused)

    async def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Ask for a path of the API, ``kwargs`` as of ``httpx.request``; ``path_params`` fill ``{names}`` in it."""
        return await self._client.request(method, _path(path, kwargs), **kwargs)  # type: ignore[no-any-return]  # httpx's

    async def __aenter__(self) -> Self:
        self._enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leave():
            await self._client.aclose()

    def __enter__(self) -> Self:
        raise RuntimeError(
            "a TidemillClient is entered by 'async with'; get_client(sync_client=True) gives one for 'with'"
        )

    def __exit__(self, *_: object) -> None:
        """Nothing to leave; see ``__enter__``."""


class SyncTidemillClient(Methods, Called):
    """Asks an API, for callers. The outermost ``with`` lets go of the connections at its end."""

    _http = TidemillHttpxSyncClient

    def set_deployment_paused_state(self, deployment_id: UUID | str, paused: bool) -> None:
        """As ``pause_deployment`` and ``resume_deployment``, which are the newer names. Raises ObjectNotFound."""
        drive(paused_or_not(self, deployment_id, paused))

    def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Ask for a path of the API, ``kwargs`` as of ``httpx.request``; ``path_params`` fill ``{names}`` in it."""
        return self._client.request(method, _path(path, kwargs), **kwargs)  # type: ignore[no-any-return]  # httpx's

    def __enter__(self) -> Self:
        self._enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leave():
            self._client.close()


@overload
def get_client(
    *, httpx_settings: dict[str, Any] | None = ..., sync_client: Literal[False] = False
) -> TidemillClient: ...
@overload
def get_client(*, httpx_settings: dict[str, Any] | None = ..., sync_client: Literal[True]) -> SyncTidemillClient: ...
@overload
def get_client(
    httpx_settings: dict[str, Any] | None = ..., sync_client: bool = False
) -> TidemillClient | SyncTidemillClient: ...
def get_client(
    httpx_settings: dict[str, Any] | None = None, sync_client: bool = False
) -> TidemillClient | SyncTidemillClient:
    """A client of the API that the settings name; without one, of this process's own home, without a socket.

    ``httpx_settings`` go to the HTTP client, as ``timeout`` and ``headers``. Use it in ``async with``, or, with
    ``sync_client``, in ``with``.
    """
    kind = SyncTidemillClient if sync_client else TidemillClient
    server_type = determine_server_type()
    if server_type is ServerType.EPHEMERAL:
        here = {"transport": home_transport()} | (httpx_settings or {})
        return kind(_HERE, httpx_settings=here, server_type=server_type)
    url = get_current_settings().api.url
    assert url is not None
    return kind(url, httpx_settings=httpx_settings, server_type=server_type)


def _login(url: str, api_key: str | None, auth_string: str | None) -> dict[str, Any]:
    """How to ask over HTTP: as the settings say, save for a key or a password that is given for this very server."""
    settings = get_current_settings()
    if api_key is not None or auth_string is not None:
        said = {"TIDEMILL_API_URL": url, "TIDEMILL_API_KEY": api_key, "TIDEMILL_API_AUTH_STRING": auth_string}
        settings = settings.copy_with_update(said)
    login = login_of(settings, url)
    return {
        "headers": dict(login.headers),
        "timeout": login.timeout_seconds,
        "verify": login.verify(),
        "http2": settings.api.enable_http2,
    }


def _path(path: str, options: dict[str, Any]) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - only raw requests

    filled = options.pop("path_params", None) or {}
    for name, value in filled.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return path
