"""Workers over REST."""

from __future__ import annotations

import pytest


@pytest.fixture
def beat(deployer):
    deployer.pool()

    def send(name, interval=None, pool="pool"):
        body = {"name": name} if interval is None else {"name": name, "heartbeat_interval_seconds": interval}
        deployer.ok("POST", f"/work_pools/{pool}/workers/heartbeat", body)

    return send


def found(client, wanted=None, **more):
    said = client.post("/api/work_pools/pool/workers/filter", {"workers": wanted, **more})
    return {worker["name"]: worker["status"] for worker in said.body}


def test_a_worker_is_there_for_three_of_its_heartbeats(client, beat):
    beat("fast", 10)
    beat("plain")
    assert found(client) == {"fast": "ONLINE", "plain": "ONLINE"}
    client.clock.sleep(31)
    assert found(client) == {"fast": "OFFLINE", "plain": "ONLINE"}
    client.clock.sleep(60)
    assert found(client) == {"fast": "OFFLINE", "plain": "OFFLINE"}
    beat("fast", 10)
    assert found(client)["fast"] == "ONLINE"
    assert len(found(client)) == 2


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (None, ["new", "old"]),
        ({"status": {"any_": ["ONLINE"]}}, ["new"]),
        ({"status": {"not_any_": ["ONLINE"]}}, ["old"]),
        ({"status": {"any_": ["OFFLINE", "ONLINE"]}}, ["new", "old"]),
        ({"last_heartbeat_time": {"after_": "2000-01-01T00:00:00Z"}}, ["new", "old"]),
        ({"last_heartbeat_time": {"before_": "2000-01-01T00:00:00Z"}}, []),
        (
            {
                "operator": "or_",
                "status": {"any_": ["OFFLINE"]},
                "last_heartbeat_time": {"before_": "2000-01-01T00:00:00Z"},
            },
            ["old"],
        ),
    ],
)
def test_workers_are_found_by_filter(client, beat, wanted, names):
    beat("old", 10)
    client.clock.sleep(60)
    beat("new", 10)

    assert list(found(client, wanted)) == names


def test_pages(client, beat):
    for name in "abc":
        client.clock.sleep(1)
        beat(name)
    assert list(found(client, limit=1, offset=1)) == ["b"]


def test_a_worker_is_forgotten(client, beat):
    beat("one")
    assert client.delete("/api/work_pools/pool/workers/one").status == 204
    assert client.delete("/api/work_pools/pool/workers/one").status == 404
    assert client.delete("/api/work_pools/nowhere/workers/one").status == 404
    assert found(client) == {}


def test_a_pool_is_needed(client):
    assert client.post("/api/work_pools/nowhere/workers/heartbeat", {"name": "w"}).status == 404
    assert client.post("/api/work_pools/nowhere/workers/filter", {}).status == 404


@pytest.mark.parametrize("interval", [0, -5, 2**62])
def test_odd_intervals_break_nothing(client, beat, interval):
    beat("odd", interval)
    assert "odd" in found(client)
