"""Task workers over REST."""

from __future__ import annotations

import pytest

from tidemill.server.task_workers import TASK_WORKERS


@pytest.fixture
def subscribed():
    TASK_WORKERS.subscribed("one", ["a", "b"], 1_000_000)
    TASK_WORKERS.subscribed("two", ["c"], 2_000_000)
    yield
    TASK_WORKERS.gone("one")
    TASK_WORKERS.gone("two")


def found(client, body):
    return [worker["identifier"] for worker in client.post("/api/task_workers/filter", body).body]


@pytest.mark.usefixtures("subscribed")
def test_task_workers_are_found_by_what_they_take(client):
    assert found(client, {}) == ["one", "two"]
    assert found(client, {"task_worker_filter": {"task_keys": ["b", "x"]}}) == ["one"]
    assert found(client, {"task_worker_filter": {"task_keys": []}}) == []
    (two,) = client.post("/api/task_workers/filter", {"task_worker_filter": {"task_keys": ["c"]}}).body
    assert two == {"identifier": "two", "task_keys": ["c"], "timestamp": "1970-01-01T00:00:02Z"}


def test_who_is_gone_is_not_found(client):
    assert found(client, {}) == []
