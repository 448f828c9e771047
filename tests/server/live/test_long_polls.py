"""Questions that wait for their answer."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.server.routes.runs import flow, flow_run, propose

PATIENCE = 20


@pytest.fixture
def run(client):
    return flow_run(client, flow(client), state={"type": "RUNNING"})


def awaiting(client, run, **query):
    """A question that was asked, and is answered some time."""
    asked = "&".join(f"{name}={value}" for name, value in {"seconds": 60, **query}.items())
    return client.spawn(client._request("GET", f"/api/tm/flow_runs/{run}/await?{asked}", b"", {}))


def state_of(client, run):
    return client.get(f"/api/flow_runs/{run}").body["state_id"]


def test_the_answer_comes_with_the_next_state(client, run):
    asked = awaiting(client, run, state_id=state_of(client, run))
    client.post("/api/flows/", {"name": "something else is written"})
    assert not asked.done()

    propose(client, run, "PAUSED")

    said = asked.result(PATIENCE)
    assert (said.status, said.body["state"]["type"]) == (200, "PAUSED")
    assert said.body["state_id"] == state_of(client, run)


def test_who_names_no_state_hears_of_the_end(client, run):
    asked = awaiting(client, run)
    propose(client, run, "PAUSED")
    client.get("/api/hello")
    assert not asked.done()

    propose(client, run, "COMPLETED", force=True)

    assert asked.result(PATIENCE).body["state"]["type"] == "COMPLETED"


def test_what_is_known_to_be_another_is_answered_at_once(client, run):
    assert awaiting(client, run, state_id=uuid4()).result(PATIENCE).body["id"] == run


def test_when_time_is_over_the_run_is_told_as_it_still_is(client, run):
    assert awaiting(client, run, seconds=0).result(PATIENCE).body["state"]["type"] == "RUNNING"


def test_a_server_that_stops_tells_what_it_knows(client, run):
    asked = awaiting(client, run)
    client.get("/api/hello")

    client.run(client.app._live.feeds.growth.close())

    assert asked.result(PATIENCE).body["state"]["type"] == "RUNNING"


def test_a_run_that_is_deleted_meanwhile_is_not_there(client, run):
    asked = awaiting(client, run)
    client.delete(f"/api/flow_runs/{run}")

    assert asked.result(PATIENCE).status == 404


@pytest.mark.parametrize(("query", "status"), [("seconds=61", 422), ("seconds=-1", 422), ("state_id=x", 422)])
def test_what_is_asked_wrongly_is_refused(client, run, query, status):
    assert client.get(f"/api/tm/flow_runs/{run}/await?{query}").status == status
