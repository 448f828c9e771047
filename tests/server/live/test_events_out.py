"""Events that go out over a socket."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
import pytest

from tests.store.conformance.story import Story, an_id, ended, started
from tidemill.domain.states import from_us
from tidemill.server.live import following
from tidemill.store.errors import StoreUnavailableError
from tidemill.wire.events import Event, EventFilter

from .talking import Closed, Peer
from .test_events_in import event


def follower(client, wanted=None, **more):
    peer = Peer(client, "/events/out")
    return peer, {"type": "filter", "filter": wanted or {}, **more}


def now_event(client, name, **fields):
    return event(name, occurred=from_us(client.clock.us).isoformat(), **fields)


def tell(client, *events):
    assert client.post("/api/events", list(events)).status == 204


def test_what_comes_is_sent_in_the_order_in_which_it_came(client):
    tell(client, now_event(client, "before"))
    peer, asked = follower(client, backfill=False)
    with peer:
        peer.greet().say(asked)
        settle(client)

        tell(client, now_event(client, "a"), now_event(client, "b"))
        tell(client, now_event(client, "c"))

        assert [peer.hear()["event"]["event"] for _ in range(3)] == ["a", "b", "c"]


def settle(client):
    """Until the follower has taken its position: then somebody waits for something new."""
    client.run(somebody_waits(client.app._live.feeds.growth))


async def somebody_waits(growth):
    while growth._thread is None:
        await asyncio.sleep(0)


def test_what_comes_while_the_past_is_sent_comes_behind_it_once(client):
    tell(client, *(now_event(client, f"past.{place}") for place in range(3)))
    live = client.app._live

    async def past_and_news():
        start, _ = await live.feeds.ends()
        await live.work.write(lambda: tell_in_the_store(client, "meanwhile"))
        past = [event.event async for page in following.past(live, EventFilter(), start) for event in page]
        news = following.events(live, EventFilter(), start)
        _, page = await anext(news)
        await news.aclose()
        return past, [event.event for event in page]

    assert client.run(past_and_news()) == ([f"past.{place}" for place in range(3)], ["meanwhile"])


def tell_in_the_store(client, name):
    told = msgspec.convert(now_event(client, name), Event)
    client.store.take_events([told], client.clock.us)


def test_the_past_comes_first_and_nothing_twice(client):
    tell(client, now_event(client, "one"), now_event(client, "two"))
    peer, asked = follower(client)
    with peer:
        peer.greet().say(asked)
        first = [peer.hear()["event"]["event"] for _ in range(2)]
        tell(client, now_event(client, "three"))

        assert first == ["one", "two"]
        assert peer.hear()["event"]["event"] == "three"


def test_the_past_goes_no_further_back_than_is_set(client):
    old = from_us(client.clock.us - 16 * 60 * 1_000_000).isoformat()
    tell(client, event("too.old", occurred=old), now_event(client, "recent"))
    peer, asked = follower(client, {"occurred": {"since": "2000-01-01T00:00:00Z"}})
    with peer:
        peer.greet().say(asked)

        assert peer.hear()["event"]["event"] == "recent"


def test_states_of_runs_are_sent_with_what_they_are_about(client, store):
    peer, asked = follower(client, {"event": {"prefix": ["prefect.task-run."]}})
    with peer:
        peer.greet().say(asked)
        story = Story(store)
        run = story.running()
        story.tell(started(run), ended(run))
        client.post("/api/events", [now_event(client, "unasked")])

        heard = [peer.hear()["event"] for _ in range(2)]

    assert [one["event"] for one in heard] == ["prefect.task-run.Running", "prefect.task-run.Completed"]
    assert {one["resource"]["prefect.resource.id"] for one in heard} == {f"prefect.task-run.{an_id('task')}"}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "filtre", "filter": {}}, "Expected 'filter' message"),
        ({"type": "filter", "filter": {"evnt": {}}}, "Invalid filter: Object contains unknown field `evnt`"),
        ({"type": "filter"}, "Invalid filter: Expected `object`, got `null`"),
        ("no json", "Expected 'filter' message"),
    ],
)
def test_who_asks_for_what_is_no_filter_is_sent_away(client, message, reason):
    with Peer(client, "/events/out") as peer:
        peer.greet().say(message)
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert (closed.value.code, closed.value.reason) == (1002, reason)


class Away:
    """Pages of a database that does not answer."""

    def __init__(self, growth):
        self.growth = growth

    async def ends(self):
        raise StoreUnavailableError("the database is away")


def test_who_follows_while_the_database_is_away_is_told_to_come_again(client):
    client.app._live = replace(client.app._live, feeds=Away(client.app._live.feeds.growth))
    peer, asked = follower(client)
    with peer:
        peer.greet().say(asked)
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert closed.value.code == 1013


def test_a_server_that_stops_says_so(client):
    peer, asked = follower(client)
    with peer:
        peer.greet().say(asked)
        tell(client, now_event(client, "a"))
        peer.hear()
        client.run(client.app._live.feeds.growth.close())

        with pytest.raises(Closed) as closed:
            peer.hear()

    assert closed.value.code == 1012
