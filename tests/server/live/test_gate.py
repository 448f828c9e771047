"""Sockets and streams pass the same guard as requests."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.server.client import Client
from tidemill.domain.api_keys import ApiKey
from tidemill.server.auth.keys import make_key
from tidemill.server.live import sockets
from tidemill.settings import Settings

from .talking import Closed, Listener, Peer

PATHS = [
    "/events/in",
    "/events/out",
    "/logs/out",
    "/task_runs/subscriptions/scheduled",
    "/work_pools/p/workers/connect",
]


@pytest.fixture
def client(store):
    client = Client(store, Settings(server={"api": {"auth_string": "me:secret"}}))
    yield client
    client.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", [None, "me:wrong", 5])
def test_who_does_not_know_the_auth_string_is_sent_away(client, path, token):
    with Peer(client, path) as peer:
        peer.next()
        peer.say({"type": "auth", "token": token})
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert closed.value.code == 1008
    assert closed.value.reason


def test_who_knows_it_is_let_in(client):
    with Peer(client, "/events/in") as peer:
        peer.greet("me:secret")


def test_who_cannot_say_it_is_told_how_to_speak(client):
    with Peer(client, "/events/in", subprotocols=()) as peer:
        peer.next()
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert closed.value.code == 1002


def test_a_page_of_another_origin_is_not_even_accepted(client):
    peer = Peer(client, "/events/out")
    peer._scope["headers"].append((b"origin", b"https://elsewhere.example"))
    with peer:
        assert peer.next()["type"] == "websocket.close"


def test_a_stream_needs_what_every_request_needs(client):
    assert client.get("/api/tm/live/stream").status == 401


def test_who_says_nothing_is_sent_away(client, monkeypatch):
    monkeypatch.setattr(sockets, "HELLO_SECONDS", 0)
    with Peer(client, "/events/in") as peer:
        peer.next()
        with pytest.raises(Closed, match="within 0 seconds"):
            peer.hear()


@pytest.mark.parametrize(
    "path",
    ["/events%2fin", "/events//in", "/events/in/", "/x/../events/in", "/work_pools/a%00/workers/connect", "/health"],
)
def test_S1_a_path_that_only_looks_like_a_conversation_is_none(client, path):
    with Peer(client, path) as peer:
        peer._scope["path"] = unquote(peer._scope["path"])
        assert peer.next()["type"] == "websocket.close"


@pytest.mark.parametrize(("scope", "status"), [("events:read", 403), ("logs:read", 403), ("viewer", 200)])
def test_S1_a_stream_of_logs_needs_what_logs_need(client, scope, status):
    key = make_key(b"k" * 40)
    now = client.clock.now_us()
    client.store.put_api_key(
        ApiKey(id=key.id, name="k", digest=key.digest(), scopes=(scope,), created_us=now, expires_us=None)
    )
    with Listener(client, "topics=events,logs", authorization=f"Bearer {key.text()}") as listener:
        assert listener.head["status"] == status
