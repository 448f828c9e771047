"""Workers that stay connected to their pool."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.server.client import Client
from tidemill.domain.api_keys import ApiKey
from tidemill.server.auth.keys import make_key
from tidemill.settings import Settings

from .talking import Closed, Peer

CAPABILITIES = ["worker_heartbeat.v1", "work_pool_snapshot.v1"]
CONSUMER = str(uuid4())
TEMPLATE = {"job_configuration": {"command": "{{ command }}"}, "variables": {"properties": {"command": {}}}}


def frame(kind, payload):
    return {"type": kind, "id": str(uuid4()), "sent_at": "2026-01-01T00:00:00Z", "payload": payload}


def hello(**said):
    return frame(
        "worker.hello.v1",
        {
            "consumer_id": CONSUMER,
            "worker_name": "w",
            "worker_type": "process",
            "heartbeat_interval_seconds": 30,
            "supported_channel_versions": ["work_pool_worker_channel.v1"],
            "requested_capabilities": CAPABILITIES,
        }
        | said,
    )


def heartbeat(**said):
    return frame(
        "worker.heartbeat.v1",
        {"consumer_id": CONSUMER, "worker_name": "w", "heartbeat_interval_seconds": 30} | said,
    )


def channel(client, pool="p", **how):
    return Peer(client, f"/work_pools/{pool}/workers/connect", **how)


def farewell(peer):
    """Code and reason, after whatever comes before."""
    while (message := peer.next())["type"] != "websocket.close":
        pass
    return message["code"], message["reason"]


def sent_away(client, *said, pool="p"):
    """Code and reason of the farewell that follows on what is said."""
    with channel(client, pool) as peer:
        peer.greet()
        for one in said:
            peer.say(one)
        return farewell(peer)


@pytest.fixture
def pool(client):
    return client.post("/api/work_pools/", {"name": "p", "type": "process", "base_job_template": TEMPLATE}).body


def workers(client):
    return [(one["name"], one["status"]) for one in client.post("/api/work_pools/p/workers/filter").body]


def test_a_worker_is_told_its_pool_and_counts_as_there(client, pool):
    with channel(client) as peer:
        peer.greet().say(hello())
        ready = peer.hear()

    payload = ready["payload"]
    assert ready["type"] == "worker.ready.v1"
    assert payload["consumer_id"] == CONSUMER
    assert payload["selected_channel_version"] == "work_pool_worker_channel.v1"
    assert payload["accepted_capabilities"] == CAPABILITIES
    assert payload["rejected_capabilities"] == []
    assert payload["resolved_work_queues"] == [{"id": pool["default_queue_id"], "name": "default"}]
    first = payload["initial_snapshot"]
    assert (first["snapshot_sequence"], first["reason"]) == (1, "initial")
    assert first["work_pool"]["id"] == pool["id"]
    assert first["work_pool"]["status"] == "READY"
    assert workers(client) == [("w", "ONLINE")]


def test_it_counts_as_there_as_long_as_its_heart_beats(client, pool):
    with channel(client) as peer:
        peer.greet().say(hello())
        peer.hear()
        for _ in range(3):
            client.clock.sleep(80)
            peer.say(heartbeat())
            peer.say(frame("cleanup.ack.v1", {"message_id": str(uuid4()), "reservation_token": "t"}))
            peer.hear()  # so what came before is done

            assert workers(client) == [("w", "ONLINE")]
    client.clock.sleep(100)

    assert workers(client) == [("w", "OFFLINE")]


def test_it_hears_at_once_that_its_pool_was_changed(client, pool):
    with channel(client) as peer:
        peer.greet().say(hello())
        peer.hear()
        client.post("/api/work_pools/", {"name": "another", "type": "process"})
        client.patch("/api/work_pools/p", {"is_paused": True})
        paused = peer.hear()
        client.patch("/api/work_pools/p", {"concurrency_limit": 3})
        limited = peer.hear()

    assert paused["type"] == "work_pool.snapshot.v1"
    assert paused["payload"]["snapshot_sequence"] == 2
    assert paused["payload"]["reason"] == "work_pool_updated"
    assert paused["payload"]["work_pool"]["is_paused"] is True
    assert limited["payload"]["snapshot_sequence"] == 3
    assert limited["payload"]["work_pool"]["concurrency_limit"] == 3


def test_it_is_sent_away_for_good_when_its_pool_is_deleted(client, pool):
    with channel(client) as peer:
        peer.greet().say(hello())
        peer.hear()
        client.delete("/api/work_pools/p")
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert (closed.value.code, closed.value.reason) == (1008, "authorization_failed")


def test_a_pool_is_made_for_who_asks_for_it(client):
    with channel(client, "new") as peer:
        peer.greet().say(hello(create_pool_if_not_found=True, default_base_job_template=TEMPLATE))
        made = peer.hear()["payload"]["initial_snapshot"]["work_pool"]

    assert (made["name"], made["type"], made["base_job_template"]) == ("new", "process", TEMPLATE)


def test_a_pool_without_a_template_takes_the_workers(client):
    client.post("/api/work_pools/", {"name": "p", "type": "process"})
    with channel(client) as peer:
        peer.greet().say(hello(default_base_job_template=TEMPLATE))
        peer.hear()

    assert client.get("/api/work_pools/p").body["base_job_template"] == TEMPLATE


def test_it_works_for_the_queues_that_it_names(client, pool):
    client.post("/api/work_pools/p/queues", {"name": "quick"})
    with channel(client) as peer:
        peer.greet().say(hello(work_queue_names=["quick", "default", "quick"]))
        queues = peer.hear()["payload"]["resolved_work_queues"]

    assert [queue["name"] for queue in queues] == ["quick", "default"]


@pytest.mark.parametrize(
    ("said", "code", "reason"),
    [
        ({"supported_channel_versions": ["of.tomorrow"]}, 1008, "unsupported_version"),
        ({"work_queue_names": ["none"]}, 1008, "authorization_failed"),
        ({"requested_capabilities": ["worker_heartbeat.v1"]}, 1002, "protocol_error"),
        ({"heartbeat_interval_seconds": 0}, 1002, "protocol_error"),
        ({"more": 1}, 1002, "protocol_error"),
        ({"max_cleanup_concurrency": 2}, 1002, "protocol_error"),
    ],
)
def test_a_hello_that_cannot_be_granted(client, pool, said, code, reason):
    assert sent_away(client, hello(**said)) == (code, reason)
    assert workers(client) == []


@pytest.mark.parametrize("said", ["no json", {"type": "auth"}, heartbeat()])
def test_what_is_no_hello(client, pool, said):
    assert sent_away(client, said) == (1002, "protocol_error")


def test_a_pool_that_is_not_there(client):
    assert sent_away(client, hello()) == (1008, "authorization_failed")


def test_a_name_that_is_reserved(client):
    said = hello(create_pool_if_not_found=True)

    assert sent_away(client, said, pool="prefect-made") == (1008, "authorization_failed")


def test_a_template_that_no_pool_may_have_makes_none(client):
    bad = {"job_configuration": {"command": "{{ command }}"}, "variables": {"properties": {}}}
    said = hello(create_pool_if_not_found=True, default_base_job_template=bad)

    assert sent_away(client, said, pool="new") == (1002, "protocol_error")
    assert client.get("/api/work_pools/new").status == 404


@pytest.mark.parametrize(
    "said", [hello(), "no json", heartbeat(worker_name="another"), heartbeat(consumer_id=str(uuid4()))]
)
def test_what_has_no_place_after_the_hello(client, pool, said):
    assert sent_away(client, hello(), said) == (1002, "protocol_error")


def test_cleanups_are_not_granted(client, pool):
    with channel(client) as peer:
        peer.greet().say(hello(requested_capabilities=[*CAPABILITIES, "cleanup_delivery.v1", "of.tomorrow"]))
        ready = peer.hear()["payload"]
        said = frame("cleanup.release.v1", {"message_id": str(uuid4()), "reservation_token": "t", "reason": "r"})
        peer.say(said)
        answer = peer.hear()

    assert ready["rejected_capabilities"] == ["cleanup_delivery.v1", "of.tomorrow"]
    assert ready["effective_max_cleanup_concurrency"] == 0
    assert answer["type"] == "cleanup.operation_result.v1"
    assert answer["payload"] == {
        "message_id": said["payload"]["message_id"],
        "operation": "release",
        "request_frame_id": said["id"],
        "status": "unauthorized",
        "detail": None,
        "lease_expires_at": None,
        "reason": "cleanup_delivery_not_accepted",
    }


def test_who_cannot_say_who_it_is_is_not_even_accepted(client, pool):
    with channel(client, subprotocols=()) as peer:
        assert peer.next()["type"] == "websocket.close"


def test_who_may_not_is_told_so_in_the_words_of_the_channel(store):
    client = Client(store, Settings(server={"api": {"auth_string": "me:secret"}}))
    try:
        with channel(client) as peer:
            peer.next()
            peer.say({"type": "auth", "token": "me:wrong"})
            with pytest.raises(Closed) as closed:
                peer.hear()
    finally:
        client.close()

    assert (closed.value.code, closed.value.reason) == (1008, "authentication_failed")


def test_a_worker_that_may_only_work_makes_no_pool(client, pool):
    key = make_key(b"k" * 40)
    client.store.put_api_key(
        ApiKey(id=key.id, name="k", digest=key.digest(), scopes=("work_pools:work",), created_us=client.clock.now_us())
    )

    def talk(name):
        with channel(client, name) as peer:
            peer.greet(key.text()).say(hello(create_pool_if_not_found=True))
            return peer.hear()

    assert talk("p")["type"] == "worker.ready.v1"
    with pytest.raises(Closed) as closed:
        talk("new")
    assert closed.value.reason == "authorization_failed"


def test_a_server_that_stops_says_come_again(store):
    client = Client(store)
    client.post("/api/work_pools/", {"name": "p", "type": "process"})
    with channel(client) as peer:
        peer.greet().say(hello())
        peer.hear()
        client.run(client.app._live.feeds.growth.close())
        with pytest.raises(Closed) as closed:
            peer.hear()
    client.close()

    assert (closed.value.code, closed.value.reason) == (1011, "transient_server_error")
