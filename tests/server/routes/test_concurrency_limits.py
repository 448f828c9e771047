"""Limits of tags over REST."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tidemill.domain.limits import SlotRequest

ROOT = "/api/concurrency_limits"
RUNS = [str(uuid4()) for _ in range(3)]


@pytest.fixture
def limit(client):
    said = client.post(f"{ROOT}/", {"tag": "big", "concurrency_limit": 2})
    assert said.status == 201
    return said.body


def take(client, run, *tags):
    return client.post(f"{ROOT}/increment", {"names": tags or ["big"], "task_run_id": run})


def active(client, tag="big"):
    return client.get(f"{ROOT}/tag/{tag}").body["active_slots"]


def test_a_limit_is_made_read_and_changed(client, limit):
    again = client.post(f"{ROOT}/", {"tag": "big", "concurrency_limit": 1})

    assert again.status == 200
    assert (again.body["id"], again.body["concurrency_limit"]) == (limit["id"], 1)
    assert client.get(f"{ROOT}/{limit['id']}").body == client.get(f"{ROOT}/tag/big").body
    assert client.get("/api/v2/concurrency_limits/tag:big").body["limit"] == 1


def test_only_tags_are_listed(client, limit):
    other = client.post("/api/v2/concurrency_limits/", {"name": "gpu", "limit": 1}).body
    client.post(f"{ROOT}/", {"tag": "a", "concurrency_limit": 1})

    assert [one["tag"] for one in client.post(f"{ROOT}/filter").body] == ["a", "big"]
    assert [one["tag"] for one in client.post(f"{ROOT}/filter", {"limit": 1, "offset": 1}).body] == ["big"]
    assert client.get(f"{ROOT}/{other['id']}").status == 404
    assert client.delete(f"{ROOT}/{other['id']}").status == 404


@pytest.mark.parametrize("path", ["tag/big", "{id}"])
def test_a_limit_is_deleted(client, limit, path):
    said = client.delete(f"{ROOT}/{path.format(**limit)}")

    assert (said.status, said.body) == (200, None)
    assert client.delete(f"{ROOT}/{path.format(**limit)}").status == 404
    assert client.post(f"{ROOT}/tag/big/reset").status == 404


def test_task_runs_take_slots_and_give_them_back(client, limit):
    assert take(client, RUNS[0], "big", "free").body == [{"id": limit["id"], "name": "big", "limit": 2}]
    client.clock.sleep(1)
    take(client, RUNS[1])
    refused = take(client, RUNS[2])

    assert refused.status == 423
    assert float(refused.headers["retry-after"]) == 10
    assert active(client) == RUNS[:2]
    client.post(f"{ROOT}/decrement", {"names": ["big"], "task_run_id": RUNS[0]})
    assert active(client) == [RUNS[1]]
    assert take(client, RUNS[2]).status == 200


def test_a_slot_is_taken_once_however_often_it_is_asked_for(client, limit):
    assert [take(client, RUNS[0]).status for _ in range(3)] == [200] * 3
    assert active(client) == RUNS[:1]


def test_no_slots_at_all(client, limit):
    client.post(f"{ROOT}/", {"tag": "big", "concurrency_limit": 0})
    said = take(client, RUNS[0])

    assert said.status == 423
    assert "'big' is 0" in said.body["detail"]


def test_reset(client, limit):
    take(client, RUNS[0])
    take(client, RUNS[1])

    assert client.post(f"{ROOT}/tag/big/reset", {"slot_override": [RUNS[2]]}).status == 200
    assert active(client) == [RUNS[2]]
    assert client.post(f"{ROOT}/tag/big/reset").status == 200
    assert active(client) == []


def test_task_runs_of_embedded_flows_are_listed(client, store, limit):
    now = client.clock.now_us()
    request = SlotRequest(
        lease_id="a", names=["tag:big"], slots=1, holder=f"producer task_run:{RUNS[0]}", now=now, lease_until=now + 1
    )
    store.acquire_slots(request)

    assert active(client) == [RUNS[0]]


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/", {"tag": "a", "concurrency_limit": -1}, "concurrency_limit"),
        ("/", {"concurrency_limit": 1}, "tag"),
        ("/increment", {"names": ["a"], "task_run_id": "x"}, "task_run_id"),
        ("/increment", {"names": ["a"]}, "task_run_id"),
        ("/tag/a/reset", {"slot_override": ["x"]}, "slot_override"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, path, body, where):
    said = client.post(ROOT + path, body)

    assert said.status == 422
    assert where in said.body["exception_detail"][0]["loc"]
