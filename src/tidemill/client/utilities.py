"""For functions that take a client, or make one of their own when they are given none."""

from __future__ import annotations

import inspect
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from tidemill.client.orchestration import TidemillClient, get_client

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")
R = TypeVar("R")


def get_or_create_client(client: TidemillClient | None = None) -> tuple[TidemillClient, bool]:
    """The client that was given, or a new one; and whether it was given, so that somebody else lets go of it."""
    return (client, True) if client is not None else (get_client(), False)


def client_injector(
    func: Callable[Concatenate[TidemillClient, P], Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Give a coroutine function a client of its own as the first argument."""

    @wraps(func)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        async with get_client() as client:
            return await func(client, *args, **kwargs)

    return call


def inject_client(fn: Callable[..., Coroutine[Any, Any, R]]) -> Callable[..., Coroutine[Any, Any, R]]:
    """Give a coroutine function a client as ``client``, where the caller gives none."""
    if "client" not in inspect.signature(fn).parameters:
        raise TypeError(f"{fn.__qualname__} has no parameter 'client' that a client could be given as")

    @wraps(fn)
    async def call(*args: Any, **kwargs: Any) -> R:
        client, was_given = get_or_create_client(kwargs.get("client"))
        held: AbstractAsyncContextManager[Any] = nullcontext(client) if was_given else client
        async with held as opened:
            return await fn(*args, **(kwargs | {"client": opened}))

    return call
