"""What is sent to flow runs, and letting them go on with it."""

from __future__ import annotations

import json

import pytest

from tests.server.routes.runs import NOWHERE, flow_run, propose, where

SCHEMA = {"type": "object", "properties": {"approved": {"type": "boolean"}}, "required": ["approved"]}
KEYSET = {"description": "d", "response": "r", "schema": "s"}


@pytest.fixture
def run(client):
    return flow_run(client, state={"type": "RUNNING"})


def put(client, run, key, value, **more):
    return client.post(f"/api/flow_runs/{run}/input", {"key": key, "value": value, **more})


def test_an_input_is_sent_found_read_and_deleted(client, run):
    assert put(client, run, "a-1", '{"x": [1]}', sender="me").status == 201
    assert put(client, run, "a-2", "2").status == 201
    assert put(client, run, "b-1", "3").status == 201

    found = client.post(
        f"/api/flow_runs/{run}/input/filter", {"prefix": "a-", "limit": 10, "exclude_keys": ["a-2"]}
    ).body

    assert [(one["key"], one["value"], one["sender"]) for one in found] == [("a-1", '{"x": [1]}', "me")]
    assert client.get(f"/api/flow_runs/{run}/input/a-1").body == {"x": [1]}
    assert client.delete(f"/api/flow_runs/{run}/input/a-1").status == 204
    assert client.delete(f"/api/flow_runs/{run}/input/a-1").status == 404
    assert client.get(f"/api/flow_runs/{run}/input/a-1").status == 404


def test_a_key_is_given_once_to_a_run_that_is_there(client, run):
    put(client, run, "k", "1")

    assert put(client, run, "k", "2").status == 409
    assert put(client, NOWHERE, "k", "1").status == 404
    said = put(client, run, "j", "{")
    assert said.status == 422
    assert where(said) == [["body", "value"]]


@pytest.mark.parametrize("value", ["[" * 100_000, "", "NaN", "9" * 5000])
def test_what_is_too_deep_or_no_json_is_refused(client, run, value):
    said = put(client, run, "k", value)

    assert said.status == 422
    assert where(said) == [["body", "value"]]


def test_what_is_not_paused_is_not_resumed(client, run):
    said = client.post(f"/api/flow_runs/{run}/resume")

    assert (said.status, said.body["status"], said.body["state"]) == (200, "ABORT", None)
    assert client.post(f"/api/flow_runs/{NOWHERE}/resume").status == 404


def test_a_paused_run_goes_on(client, run):
    propose(client, run, "PAUSED", "Paused", pause_key="p")

    assert client.post(f"/api/flow_runs/{run}/resume", {"run_input": {"x": 1}}).body["status"] == "REJECT"
    said = client.post(f"/api/flow_runs/{run}/resume")

    assert (said.status, said.body["status"], said.body["state"]["type"]) == (201, "ACCEPT", "RUNNING")
    assert client.get(f"/api/flow_runs/{run}").body["run_count"] == 1


def test_a_question_is_answered_as_it_asks(client, run):
    put(client, run, "s", json.dumps(SCHEMA))
    propose(client, run, "PAUSED", "Paused", pause_key="p", run_input_keyset=KEYSET)

    wrong = client.post(f"/api/flow_runs/{run}/resume", {"run_input": {"approved": "yes"}})
    assert wrong.body["status"] == "REJECT"
    assert "approved" in wrong.body["details"]["reason"]
    assert client.get(f"/api/flow_runs/{run}").body["state_name"] == "Paused"
    assert client.get(f"/api/flow_runs/{run}/input/r").status == 404

    assert client.post(f"/api/flow_runs/{run}/resume", {"run_input": {"approved": True}}).status == 201
    assert client.get(f"/api/flow_runs/{run}/input/r").body == {"approved": True}


def test_an_answer_may_say_where_a_value_comes_from(client, run):
    put(client, run, "s", json.dumps(SCHEMA))
    propose(client, run, "PAUSED", "Paused", pause_key="p", run_input_keyset=KEYSET)
    none = {"__prefect_kind": "workspace_variable", "variable_name": "nope"}

    wrong = client.post(f"/api/flow_runs/{run}/resume", {"run_input": {"approved": none}})
    assert wrong.body["status"] == "REJECT"
    assert "nope" in wrong.body["details"]["reason"]

    given = {"approved": {"__prefect_kind": "json", "value": "true"}}
    assert client.post(f"/api/flow_runs/{run}/resume", {"run_input": given}).status == 201
    assert client.get(f"/api/flow_runs/{run}/input/r").body == {"approved": True}


@pytest.mark.parametrize(
    "schema",
    [
        '{"$ref": "http://127.0.0.1:1/x"}',
        '{"type": 7}',
        "[]",
        '{"$ref": "#/$defs/none"}',
        '{"$ref": "file:///etc/passwd"}',
    ],
)
def test_a_question_that_cannot_be_understood_is_not_answered(client, run, schema):
    put(client, run, "s", schema)
    propose(client, run, "PAUSED", "Paused", pause_key="p", run_input_keyset=KEYSET)

    said = client.post(f"/api/flow_runs/{run}/resume", {"run_input": {}})

    assert (said.status, said.body["status"]) == (200, "REJECT")


def test_a_pause_that_is_over_fails_the_run(client, run):
    propose(client, run, "PAUSED", "Paused", pause_key="p", pause_timeout="2001-01-01T00:00:00Z")

    said = client.post(f"/api/flow_runs/{run}/resume")

    assert (said.status, said.body["status"], said.body["state"]["type"]) == (201, "REJECT", "FAILED")
