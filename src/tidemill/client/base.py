"""The HTTP clients beneath a ``TidemillClient``: httpx's, which send again and whose errors say what a server said."""

from __future__ import annotations

from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tidemill.api.client.patient import PatientAwaiter, PatientCaller, TidemillResponse
from tidemill.settings import get_current_settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping

__all__ = [
    "ASGIApp",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "ServerType",
    "TidemillHttpxAsyncClient",
    "TidemillHttpxSyncClient",
    "TidemillResponse",
    "app_lifespan_context",
    "determine_server_type",
]

Scope: TypeAlias = "MutableMapping[str, Any]"
Message: TypeAlias = "MutableMapping[str, Any]"
Receive: TypeAlias = "Callable[[], Awaitable[Message]]"
Send: TypeAlias = "Callable[[Message], Awaitable[None]]"


class ASGIApp(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        ...


class ServerType(StrEnum):
    """What a client asks: a server, this process (``EPHEMERAL``), or nobody yet."""

    EPHEMERAL = "EPHEMERAL"
    SERVER = "SERVER"
    CLOUD = "CLOUD"
    UNCONFIGURED = "UNCONFIGURED"


def determine_server_type() -> ServerType:
    """What a client that is made now would ask: the server that the settings name, else this process's own home."""
    return ServerType.EPHEMERAL if get_current_settings().api.url is None else ServerType.SERVER


class TidemillHttpxAsyncClient(PatientAwaiter):
    """Sends again, with jitter, while the server is away; what changes something has an id, so that it counts once."""


class TidemillHttpxSyncClient(PatientCaller):
    """As ``TidemillHttpxAsyncClient``, for callers."""


@asynccontextmanager
async def app_lifespan_context(app: ASGIApp) -> AsyncGenerator[None, None]:
    """An ASGI application between its start and its end."""
    import asyncio  # noqa: PLC0415 - only those who run an application themselves

    told: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    await told.put({"type": "lifespan.startup"})
    life = asyncio.ensure_future(app({"type": "lifespan"}, told.get, said.put))
    await _step(life, said)
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        await _step(life, said)
        await life


async def _step(life: Any, said: Any) -> None:
    """One step of the lifespan; an application that ends before it is done raises what it ended with."""
    import asyncio  # noqa: PLC0415 - as above

    answer = asyncio.ensure_future(said.get())
    done, _ = await asyncio.wait({life, answer}, return_when=asyncio.FIRST_COMPLETED)
    if answer not in done:
        answer.cancel()
        life.result()
        return
    message = answer.result()
    if message["type"].endswith(".failed"):
        raise RuntimeError(f"the application could not start: {message.get('message', '')}")
