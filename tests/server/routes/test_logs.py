"""Log lines over REST."""

from __future__ import annotations

import json

import pytest

from tests.store.conformance.story import an_id


def line(message, *, second=0, level=20, run="r", task=None, name="prefect.flow_runs"):
    return {
        "name": name,
        "level": level,
        "message": message,
        "timestamp": f"2023-11-14T00:00:{second:02}Z",
        "flow_run_id": an_id(run),
        "task_run_id": an_id(task) if task else None,
    }


@pytest.fixture
def lines(client):
    written = [
        line("alpha", second=2, level=10),
        line("beta lemon", second=1, level=30, task="t"),
        line("gamma", second=3, level=50, run="other", name="LEMON"),
    ]
    assert client.post("/api/logs/", written).status == 201


def found(client, **asked):
    return "".join(one["message"][0] for one in client.post("/api/logs/filter", asked).body)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, "bag"),
        ({}, "bag"),
        ({"level": {"ge_": 30}}, "bg"),
        ({"level": {"le_": 30}}, "ba"),
        ({"timestamp": {"after_": "2023-11-14T00:00:02Z"}}, "ag"),
        ({"timestamp": {"before_": "2023-11-14T00:00:02Z"}}, "ba"),
        ({"flow_run_id": {"any_": [an_id("r")]}}, "ba"),
        ({"task_run_id": {"any_": [an_id("t")]}}, "b"),
        ({"task_run_id": {"is_null_": True}}, "ag"),
        ({"text": {"query": "lemon"}}, "bg"),
        ({"text": {"query": "lemon -beta"}}, "g"),
        ({"operator": "or_", "level": {"ge_": 50}, "task_run_id": {"any_": [an_id("t")]}}, "bg"),
    ],
)
def test_a_filter(client, lines, wanted, expected):
    assert found(client, logs=wanted) == expected


def test_order_and_pages(client, lines):
    assert found(client, sort="TIMESTAMP_DESC") == "gab"
    assert found(client, limit=1, offset=1) == "a"


def test_what_no_database_keeps_is_replaced(client):
    raw = json.dumps([line("NUL LONE PAIR BACKSLASH")])
    for word, escape in {
        "NUL": "\\u0000",
        "LONE": "\\udc80",
        "PAIR": "\\ud83d\\ude00",
        "BACKSLASH": "\\\\u0000",
    }.items():
        raw = raw.replace(word, escape)

    assert client.post("/api/logs/", raw.encode()).status == 201

    assert client.post("/api/logs/filter", {}).body[0]["message"] == "␀ \\udc80 😀 \\u0000"


@pytest.mark.parametrize(
    "wrong", [{"level": "x"}, {"level": 2**63}, {"flow_run_id": "x"}, {"timestamp": 1e400}, {"x": 1}]
)
def test_what_is_no_line_is_refused_and_nothing_of_it_is_kept(client, wrong):
    body = json.dumps([line("good"), line("bad") | wrong]).encode()

    assert client.post("/api/logs/", body).status == 422
    assert client.post("/api/logs/filter", {}).body == []


def test_limits_are_looked_at(client):
    assert client.post("/api/logs/filter", {"limit": 201}).status == 422
