"""What is asked in advance for a group of requests answers them as each would have been answered by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.client import Client
from tests.store.conformance.backends import FRESH
from tidemill.store.postgres.session import PostgresSession
from tidemill.store.sqlite.session import SqliteSession

STATES = ("PENDING", "RUNNING", "COMPLETED", "FAILED", "SCHEDULED", "PAUSED", "CANCELLING")


def a_flow(client, name="f"):
    return client.post("/api/flows/", {"name": name}).body["id"]


def some_runs(client, flow, count):
    return [client.post("/api/flow_runs/", {"flow_id": flow}).body["id"] for _ in range(count)]


def moving(run, kind="RUNNING", **more):
    return "POST", f"/api/flow_runs/{run}/set_state", {"state": {"type": kind}, **more}


@pytest.fixture
def asked(monkeypatch):
    """The statements that were waited for."""
    statements = []
    for session in (SqliteSession, PostgresSession):
        original = session.execute

        def counting(self, sql, bindings=None, original=original):
            statements.append(sql)
            return original(self, sql, bindings)

        monkeypatch.setattr(session, "execute", counting)
    return statements


def test_how_runs_stand_is_asked_once_for_a_group(client, asked):
    runs = some_runs(client, a_flow(client), 5)
    asked.clear()

    said = client.together([moving(run) for run in runs])

    assert [(one.status, one.body["status"]) for one in said] == [(201, "ACCEPT")] * 5
    assert len(asked) == 1, asked
    assert {client.get(f"/api/flow_runs/{run}").body["state_type"] for run in runs} == {"RUNNING"}


def test_runs_of_one_flow_ask_for_it_once(client, asked):
    flow = a_flow(client)
    asked.clear()

    said = client.together([("POST", "/api/flow_runs/", {"flow_id": flow})] * 5)

    assert [one.status for one in said] == [201] * 5
    assert len(asked) == 1, asked


def test_who_moves_a_run_sees_what_the_one_before_made_of_it(client):
    first, second = some_runs(client, a_flow(client), 2)
    way = [moving(first), moving(second), moving(first, "PENDING"), moving(first, "COMPLETED"), moving(second)]

    said = client.together(way)

    assert [one.body["status"] for one in said] == ["ACCEPT", "ACCEPT", "ABORT", "ACCEPT", "ACCEPT"]
    assert [one.body["state"]["type"] for one in said] == ["RUNNING", "RUNNING", "RUNNING", "COMPLETED", "RUNNING"]
    states = client.get(f"/api/flow_run_states/?flow_run_id={first}").body
    assert [state["type"] for state in states] == ["PENDING", "RUNNING", "COMPLETED"]


def test_what_another_kind_of_request_does_between_is_seen(client):
    flow = a_flow(client)
    first, second = some_runs(client, flow, 2)
    gone = ("DELETE", f"/api/flow_runs/{second}", None)
    no_flow = ("DELETE", f"/api/flows/{flow}", None)
    new = ("POST", "/api/flow_runs/", {"flow_id": flow})

    said = client.together([moving(first), gone, moving(second), new, no_flow, new])

    assert [one.status for one in said] == [201, 204, 404, 201, 204, 404]


def test_who_fails_leaves_the_others_what_was_foreseen(client):
    first, second = some_runs(client, a_flow(client), 2)
    nobody = "00000000-0000-4000-8000-000000000001"
    nonsense = ("POST", f"/api/flow_runs/{first}/set_state", {"state": {"type": "NO SUCH"}})

    said = client.together([moving(nobody), nonsense, moving(first), moving(second)])

    assert [one.status for one in said] == [404, 422, 201, 201]


def requests():
    run = st.integers(0, 2)
    moves = st.tuples(st.just("move"), run, st.sampled_from(STATES), st.booleans())
    others = st.tuples(st.sampled_from(["new", "named", "resumed", "gone"]), run, st.just(""), st.just(value=False))
    return st.lists(st.one_of(moves, moves, moves, others), min_size=2, max_size=12)


def written(asked, flow, runs):
    what, number, kind, force = asked
    run = f"/api/flow_runs/{runs[number]}"
    return {
        "move": ("POST", f"{run}/set_state", {"state": {"type": kind}, "force": force}),
        "new": ("POST", "/api/flow_runs/", {"flow_id": flow}),
        "named": ("PATCH", run, {"name": "other"}),
        "resumed": ("POST", f"{run}/resume", {}),
        "gone": ("DELETE", run, None),
    }[what]


def told(said):
    body = said.body or {}
    return said.status, body.get("status"), (body.get("state") or {}).get("type")


@pytest.mark.parametrize("dialect", FRESH)
@given(asked=requests())
def test_together_they_come_to_what_they_come_to_one_by_one(dialect, asked):
    outcomes = []
    for together in (True, False):
        with FRESH[dialect]() as store:
            client = Client(store)
            try:
                flow = a_flow(client)
                runs = some_runs(client, flow, 3)
                ways = [written(one, flow, runs) for one in asked]
                said = client.together(ways) if together else [client.together([one])[0] for one in ways]
                stand = [client.get(f"/api/flow_runs/{run}").body for run in runs]
                found = [(run.get("state_type"), run.get("name") == "other", run.get("run_count")) for run in stand]
                outcomes.append(([told(one) for one in said], found))
            finally:
                client.close()
    assert outcomes[0] == outcomes[1]
