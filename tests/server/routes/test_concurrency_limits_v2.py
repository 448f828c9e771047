"""Limits by name over REST, and slots of them."""

from __future__ import annotations

from uuid import uuid4

import pytest

ROOT = "/api/v2/concurrency_limits"


def a_limit(client, name="gpu", limit=2, **more):
    said = client.post(f"{ROOT}/", {"name": name, "limit": limit} | more)
    assert said.status == 201, said
    return said.body


def lease(client, *names, slots=1, **more):
    return client.post(f"{ROOT}/increment-with-lease", {"names": names or ["gpu"], "slots": slots} | more)


def taken(client, name="gpu"):
    return client.get(f"{ROOT}/{name}").body["active_slots"]


def test_a_limit_is_made_read_changed_and_deleted(client):
    made = a_limit(client)

    assert (made["active_slots"], made["denied_slots"], made["avg_slot_occupancy_seconds"]) == (0, 0, 2.0)
    assert client.get(f"{ROOT}/{made['id'].upper()}").body["name"] == "gpu"
    assert client.patch(f"{ROOT}/gpu", {"limit": 5, "name": "big", "active": None}).status == 204
    changed = client.get(f"{ROOT}/{made['id']}").body
    assert (changed["name"], changed["limit"], changed["active"]) == ("big", 5, True)
    assert client.delete(f"{ROOT}/big").status == 204
    assert [client.request(method, f"{ROOT}/big", {}).status for method in ("GET", "PATCH", "DELETE")] == [404] * 3


def test_a_name_is_given_once(client):
    a_limit(client)
    other = a_limit(client, "cpu")

    assert client.post(f"{ROOT}/", {"name": "gpu", "limit": 1}).status == 409
    assert client.patch(f"{ROOT}/{other['id']}", {"name": "gpu"}).status == 409


def test_pages(client):
    for name in "cab":
        a_limit(client, name)

    assert [one["name"] for one in client.post(f"{ROOT}/filter").body] == ["a", "b", "c"]
    assert [one["name"] for one in client.post(f"{ROOT}/filter", {"limit": 1, "offset": 1}).body] == ["b"]


def test_slots_are_leased_until_none_is_left(client):
    limit = a_limit(client)

    first = lease(client)
    assert first.status == 200
    assert first.body["limits"] == [{"id": limit["id"], "name": "gpu", "limit": 2}]
    assert lease(client).status == 200
    refused = lease(client)

    assert refused.status == 423
    assert 0 < float(refused.headers["retry-after"]) <= 30
    assert taken(client) == 2
    ended = client.post(f"{ROOT}/decrement-with-lease", {"lease_id": first.body["lease_id"]})
    assert ended.status == 204
    assert taken(client) == 1
    assert client.post(f"{ROOT}/decrement-with-lease", {"lease_id": first.body["lease_id"]}).status == 204
    assert taken(client) == 1


def test_a_lease_that_is_not_renewed_runs_out(client):
    a_limit(client)
    kept = lease(client, lease_duration=60).body["lease_id"]
    lease(client, lease_duration=60)

    client.clock.sleep(50)
    assert client.post(f"{ROOT}/leases/{kept}/renew", {"lease_duration": 60}).status == 204
    client.clock.sleep(50)
    assert taken(client) == 1
    client.clock.sleep(50)
    assert client.post(f"{ROOT}/leases/{kept}/renew", {}).status == 410
    assert taken(client) == 0


@pytest.mark.parametrize("names", [["nothing"], ["off"], ["rate"]])
def test_a_lease_that_holds_nothing_can_be_renewed(client, names):
    a_limit(client, "off", active=False)
    a_limit(client, "rate", slot_decay_per_second=1)
    id_ = lease(client, *names).body["lease_id"]

    client.clock.sleep(200)
    assert client.post(f"{ROOT}/leases/{id_}/renew").status == 204
    client.clock.sleep(301)
    assert client.post(f"{ROOT}/leases/{id_}/renew").status == 410


def test_all_slots_or_none(client):
    a_limit(client, "a", 1)
    a_limit(client, "b", 1)
    lease(client, "b")

    assert lease(client, "a", "b").status == 423
    assert taken(client, "a") == 0


def test_slots_without_a_lease_are_given_back_by_number(client):
    a_limit(client, limit=5)
    lease(client)
    body = {"names": ["gpu", "nothing"], "slots": 2}
    assert [one["name"] for one in client.post(f"{ROOT}/increment", body).body] == ["gpu"]
    client.post(f"{ROOT}/increment", body)
    assert client.post(f"{ROOT}/increment", body).status == 423

    client.post(f"{ROOT}/decrement", {"names": ["gpu"], "slots": 3})
    assert taken(client) == 2
    client.post(f"{ROOT}/decrement", {"names": ["gpu"], "slots": 3, "occupancy_seconds": 30})
    assert taken(client) == 1, "what is leased stays"
    assert client.post(f"{ROOT}/decrement", {"names": ["nothing"], "slots": 1}).body == []


def test_slots_that_decay(client):
    a_limit(client, limit=2, slot_decay_per_second=0.5)
    body = {"names": ["gpu"], "slots": 2, "mode": "rate_limit"}
    assert client.post(f"{ROOT}/increment", body).status == 200

    refused = client.post(f"{ROOT}/increment", body)
    assert refused.status == 423
    assert 2 < float(refused.headers["retry-after"]) < 6
    client.clock.sleep(2)
    assert taken(client) == 1
    client.clock.sleep(2)
    assert client.post(f"{ROOT}/increment", body).status == 200


def test_who_is_refused_often_waits_longer_and_less_when_it_is_over(client):
    a_limit(client, limit=1)
    held = lease(client).body["lease_id"]
    first = float(lease(client).headers["retry-after"])
    for _ in range(10):
        last = float(lease(client).headers["retry-after"])
    assert first < 3 < last
    client.clock.sleep(60)
    assert float(lease(client).headers["retry-after"]) < 3
    client.post(f"{ROOT}/decrement-with-lease", {"lease_id": held})
    lease(client)
    assert float(lease(client).headers["retry-after"]) > 15, "slots are held for longer than was thought"


def test_how_many_are_taken_may_be_said_by_hand(client):
    a_limit(client, active_slots=2, denied_slots=3)
    assert lease(client).status == 423

    client.patch(f"{ROOT}/gpu", {"active_slots": 0})
    id_ = lease(client).body["lease_id"]
    client.patch(f"{ROOT}/gpu", {"active_slots": 1})

    assert taken(client) == 1
    assert client.post(f"{ROOT}/leases/{id_}/renew").status == 410
    client.post(f"{ROOT}/decrement", {"names": ["gpu"], "slots": 1})
    assert taken(client) == 0


def test_the_holder_is_kept(client):
    a_limit(client, "tag:big")
    run = str(uuid4())
    lease(client, "tag:big", holder={"type": "task_run", "id": run})

    assert client.get("/api/concurrency_limits/tag/big").body["active_slots"] == [run]


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/", {"name": "a/b", "limit": 1}, "name"),
        ("/", {"name": "a", "limit": -1}, "limit"),
        ("/", {"name": "a", "limit": 1, "slots": 1}, "slots"),
        ("/", {"name": "a", "limit": 1, "active_slots": 2**40}, "active_slots"),
        ("/increment", {"names": ["gpu"], "slots": 0}, "slots"),
        ("/increment", {"names": ["gpu"], "slots": 1, "mode": "both"}, "mode"),
        ("/increment-with-lease", {"names": ["gpu"], "slots": 1, "lease_duration": 59}, "lease_duration"),
        (
            "/increment-with-lease",
            {"names": ["gpu"], "slots": 1, "holder": {"type": "x", "id": str(uuid4())}},
            "holder",
        ),
        ("/leases/x/renew", {}, "lease_id"),
        ("/filter", {"limit": 201}, "limit"),
        ("/decrement", {"names": ["gpu"], "slots": 1, "occupancy_seconds": 0}, "occupancy_seconds"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, path, body, where):
    said = client.post(ROOT + path, body)

    assert said.status == 422
    assert where in said.body["exception_detail"][0]["loc"]


@pytest.mark.parametrize(
    "body",
    [
        {"names": ["gpu"], "slots": 3},
        {"names": ["none"], "slots": 1},
        {"names": ["gpu"], "slots": 1, "mode": "rate_limit"},
    ],
)
def test_what_can_never_be_had_is_refused(client, body):
    a_limit(client)
    a_limit(client, "none", 0)

    assert client.post(f"{ROOT}/increment", body).status == 422
