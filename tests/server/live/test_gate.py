"""Sockets and streams pass the same guard as requests."""

from __future__ import annotations

from functools import partial
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
KNOWN = {"authorization": "Basic bWU6c2VjcmV0"}


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


def test_who_has_left_before_they_were_let_in_is_no_fault(client, caplog):
    async def gone(_message):
        raise ConnectionResetError

    peer = Peer(client, "/events/in")
    client.run(client.app(peer._scope, partial(_said, {"type": "websocket.connect"}), gone))

    assert caplog.text == ""


async def _said(message):
    return message


@pytest.mark.parametrize(
    "path",
    ["/events%2fin", "/events//in", "/events/in/", "/x/../events/in", "/work_pools/a%00/workers/connect", "/health"],
)
def test_S1_a_path_that_only_looks_like_a_conversation_is_none(client, path):
    with Peer(client, path) as peer:
        peer._scope["path"] = unquote(peer._scope["path"])
        assert peer.next()["type"] == "websocket.close"


def a_key(client, *scopes, expires_us=None):
    key = make_key(b"k" * 40)
    client.store.put_api_key(
        ApiKey(id=key.id, name="k", digest=key.digest(), scopes=scopes, created_us=1, expires_us=expires_us)
    )
    return key


def something_happens(client):
    flow = client.post("/api/flows/", {"name": "a"}, **KNOWN).body
    assert client.post("/api/flow_runs/", {"flow_id": flow["id"]}, **KNOWN).status == 201


def revoked(client, key):
    client.store.revoke_api_key(key.id, client.clock.now_us())


def expired(client, _key):
    client.clock.sleep(60)


@pytest.mark.parametrize(("scope", "status"), [("events:read", 403), ("logs:read", 403), ("viewer", 200)])
def test_S1_a_stream_of_logs_needs_what_logs_need(client, scope, status):
    key = a_key(client, scope)
    with Listener(client, "topics=events,logs", authorization=f"Bearer {key.text()}") as listener:
        assert listener.head["status"] == status


@pytest.mark.parametrize("over", [revoked, expired])
@pytest.mark.parametrize("path", ["/events/in", "/events/out"])
def test_S3_a_socket_whose_key_is_accepted_no_more_is_closed(client, path, over):
    key = a_key(client, "admin", expires_us=client.clock.now_us() + 30_000_000)
    with Peer(client, path) as peer:
        peer.greet(key.text())
        over(client, key)
        client.clock.sleep(2)

        peer.say({"type": "filter", "filter": {}})
        with pytest.raises(Closed, match="not accepted any more") as closed:
            peer.hear()

    assert closed.value.code == 1008


def test_S3_nothing_is_told_to_a_key_that_was_revoked(client):
    key = a_key(client, "admin")
    with Peer(client, "/events/out") as peer:
        peer.greet(key.text())
        peer.say({"type": "filter", "filter": {}})
        revoked(client, key)
        client.clock.sleep(2)

        something_happens(client)
        with pytest.raises(Closed, match="not accepted any more"):
            peer.hear()


def test_S3_a_stream_ends_when_its_key_is_accepted_no_more(client):
    key = a_key(client, "viewer")
    with Listener(client, "topics=events", authorization=f"Bearer {key.text()}") as listener:
        listener.part()
        revoked(client, key)
        client.clock.sleep(2)
        something_happens(client)

        assert listener.is_over()
