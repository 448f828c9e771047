"""An application is asked without a socket, by callers and by awaiters."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tidemill.client.base import app_lifespan_context
from tidemill.client.orchestration import SyncTidemillClient, TidemillClient
from tidemill.client.transports import AppTransport


def echoing(seen, *, fails=False):
    """An application that answers with what it was asked; ``seen`` has the steps of its life."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                seen.append((await receive())["type"])
                if fails:
                    await send({"type": "lifespan.startup.failed", "message": "no disk"})
                    return
                await send({"type": f"{seen[-1]}.complete"})
                if seen[-1] == "lifespan.shutdown":
                    return
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", scope["path"].encode())]})
        await send({"type": "http.response.body", "body": body})

    return app


def test_a_caller_asks_an_application_and_ends_it():
    seen = []

    with SyncTidemillClient(echoing(seen)) as client:
        answer = client.request("POST", "/x", content=b"said")

    assert (answer.content, answer.headers["x-path"]) == (b"said", "/api/x")
    assert seen == ["lifespan.startup", "lifespan.shutdown"]


def test_an_awaiter_asks_an_application_and_ends_it():
    seen = []

    async def ask():
        async with TidemillClient(echoing(seen)) as client:
            assert client.loop is asyncio.get_running_loop()
            return await client.request("POST", "/x", content=b"said")

    assert asyncio.run(ask()).content == b"said"
    assert seen == ["lifespan.startup", "lifespan.shutdown"]


def test_an_application_that_cannot_start_says_why():
    transport = AppTransport(echoing([], fails=True))

    with pytest.raises(RuntimeError, match="no disk"), httpx.Client(transport=transport) as client:
        client.get("http://app/")


def test_the_life_of_an_application_is_a_context():
    seen = []

    async def live():
        async with app_lifespan_context(echoing(seen)):
            assert seen == ["lifespan.startup"]

    asyncio.run(live())

    assert seen == ["lifespan.startup", "lifespan.shutdown"]
