"""Log lines of a server, as they are written."""

from __future__ import annotations

import asyncio

import pytest

from tests.serving import free_port, serving
from tests.store.conformance.story import Story, an_id, line
from tidemill.client.schemas.filters import LogFilter
from tidemill.exceptions import ConfigurationError
from tidemill.logging.clients import TidemillLogsSubscriber, get_logs_subscriber, logs_out_socket_from_api_url
from tidemill.settings import Settings
from tidemill.settings.context import forget_settings
from tidemill.store.sqlite.store import SqliteStore

STREAMED = Settings(server={"logs": {"stream_out_enabled": True}})


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "tidemill.db") as store:
        yield store


async def telling(story):
    """Lines without end, at several levels."""
    run = an_id("run")
    while True:
        await asyncio.to_thread(story.tell, line(run, "low", level=10), line(run, "high", level=40))
        await asyncio.sleep(0.02)


async def heard(subscriber, story, count):
    async with subscriber as lines:
        teller = asyncio.create_task(telling(story))
        try:
            return [await anext(lines) for _ in range(count)]
        finally:
            teller.cancel()


def test_lines_come_for_which_the_filter_holds(store, monkeypatch):
    story = Story(store)
    story.running()
    with serving(store, settings=STREAMED) as url:
        monkeypatch.setenv("TIDEMILL_API_URL", url)
        forget_settings()
        lines = asyncio.run(heard(get_logs_subscriber(LogFilter(level={"ge_": 30})), story, 3))
    forget_settings()

    assert [(one.message, one.level, str(one.flow_run_id)) for one in lines] == [("high", 40, an_id("run"))] * 3


def test_it_connects_again_when_the_server_comes_back(store):
    story, port = Story(store), free_port()
    story.running()

    async def across_a_restart():
        server = serving(store, port=port, settings=STREAMED)
        url = await asyncio.to_thread(server.__enter__)
        subscriber = TidemillLogsSubscriber(url, reconnect_on_clean_close=True)
        async with subscriber as lines:
            teller = asyncio.create_task(telling(story))
            before = await anext(lines)
            await asyncio.to_thread(server.__exit__, None, None, None)
            server = serving(store, port=port, settings=STREAMED)
            await asyncio.to_thread(server.__enter__)
            subscriber._filter = LogFilter(level={"ge_": 30})
            while (after := await anext(lines)).level < 30:
                pass
            teller.cancel()
        await asyncio.to_thread(server.__exit__, None, None, None)
        return before, after

    before, after = asyncio.run(across_a_restart())

    assert {before.message, after.message} <= {"low", "high"}


def test_a_server_that_lets_nobody_follow_says_so(store):
    async def first(url):
        async with TidemillLogsSubscriber(url) as lines:
            await anext(lines)

    with serving(store) as url, pytest.raises(ConfigurationError, match="TIDEMILL_SERVER_LOGS_STREAM_OUT_ENABLED"):
        asyncio.run(first(url))


def test_who_is_not_let_in_hears_why(store):
    settings = Settings(server={"logs": {"stream_out_enabled": True}, "api": {"auth_string": "me:secret"}})

    async def enter(url):
        async with TidemillLogsSubscriber(url):
            pass

    with serving(store, settings=settings) as url, pytest.raises(ConfigurationError, match="TIDEMILL_API_KEY"):
        asyncio.run(enter(url))


def test_without_a_server_there_are_no_lines():
    with pytest.raises(ConfigurationError, match="TIDEMILL_API_URL"):
        get_logs_subscriber()
    with pytest.raises(ValueError, match="reconnection_attempts"):
        TidemillLogsSubscriber("http://x/api", reconnection_attempts=-1)


@pytest.mark.parametrize(("api", "there"), [("http://a:1/api", "ws://a:1/api"), ("https://a/api/", "wss://a/api")])
def test_where_the_socket_is(api, there):
    assert logs_out_socket_from_api_url(api) == f"{there}/logs/out"
