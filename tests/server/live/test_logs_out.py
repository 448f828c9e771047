"""Log lines that go out over a socket."""

from __future__ import annotations

import pytest

from tests.server.client import Client
from tests.store.conformance.story import Story, an_id, line
from tidemill.settings import Settings

from .talking import Closed, Peer
from .test_events_out import settle


def log(message, *, level=20, run="run"):
    return {
        "name": "prefect.flow_runs",
        "level": level,
        "message": message,
        "timestamp": "2023-11-14T00:00:00Z",
        "flow_run_id": an_id(run),
    }


@pytest.fixture
def client(store):
    settings = Settings(server={"logs": {"stream_out_enabled": True}})
    client = Client(store, settings)
    yield client
    client.close()


def test_lines_are_sent_as_they_are_written_if_they_are_asked_for(client, store):
    story = Story(store)
    story.running()
    client.post("/api/logs/", [log("before")])
    with Peer(client, "/logs/out") as peer:
        peer.greet().say({"type": "filter", "filter": {"level": {"ge_": 30}, "flow_run_id": {"any_": [an_id("run")]}}})
        settle(client)
        client.post("/api/logs/", [log("low"), log("high", level=40), log("other's", level=40, run="other")])
        story.tell(line(an_id("run"), "journaled", level=30))
        client.post("/api/logs/", [log("last", level=50)])

        heard = [peer.hear() for _ in range(3)]

    assert [one["type"] for one in heard] == ["log"] * 3
    assert [one["log"]["message"] for one in heard] == ["high", "journaled", "last"]


def test_where_it_is_turned_off_it_says_how_to_turn_it_on(store):
    client = Client(store)
    with Peer(client, "/logs/out") as peer:
        peer.greet()
        with pytest.raises(Closed) as closed:
            peer.hear()
    client.close()

    assert closed.value.code == 1008
    assert "TIDEMILL_SERVER_LOGS_STREAM_OUT_ENABLED" in closed.value.reason
