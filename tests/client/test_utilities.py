"""Functions that take a client, or make one."""

from __future__ import annotations

import asyncio

import pytest

from tidemill.client.orchestration import TidemillClient
from tidemill.client.utilities import client_injector, get_or_create_client, inject_client

pytestmark = pytest.mark.usefixtures("runtime")


@inject_client
async def asked(name, client=None):
    return name, client, (await client.hello()).status_code


@client_injector
async def asking(client, name):
    return name, isinstance(client, TidemillClient)


def test_a_client_is_given_where_there_is_none():
    name, client, status = asyncio.run(asked("x"))

    assert (name, status) == ("x", 200)
    assert client._client.is_closed


def test_a_client_that_is_given_stays_open():
    async def ask():
        async with opened_here() as client:
            _, used, _ = await asked("x", client=client)
            return used is client and not client._client.is_closed

    assert asyncio.run(ask())


def opened_here():
    client, was_given = get_or_create_client()
    assert not was_given
    assert get_or_create_client(client) == (client, True)
    return client


def test_a_client_is_put_before_the_arguments():
    assert asyncio.run(asking("x")) == ("x", True)


def test_a_function_that_takes_none_is_refused():
    async def without():
        return None

    with pytest.raises(TypeError, match="no parameter 'client'"):
        inject_client(without)
