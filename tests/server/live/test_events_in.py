"""Events that come in over a socket."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.store.conformance.story import NOW, SECOND, Story, an_id
from tidemill.domain.states import from_us
from tidemill.store.errors import UnfitValueError

from .talking import Closed, Peer


def event(name="shop.sold", *, at=0, **fields):
    return {
        "event": name,
        "id": str(uuid4()),
        "occurred": from_us(NOW + at * SECOND).isoformat(),
        "resource": {"prefect.resource.id": "shop.1"},
    } | fields


def task_run_event(flow_run, kind, name, *, at, run_count=1, task="t"):
    """As existing clients tell it."""
    return event(
        f"prefect.task-run.{name}",
        at=at,
        resource={"prefect.resource.id": f"prefect.task-run.{an_id(task)}", "prefect.resource.name": task},
        related=[{"prefect.resource.id": f"prefect.flow-run.{flow_run}", "prefect.resource.role": "flow-run"}],
        payload={
            "intended": {"from": None, "to": kind},
            "initial_state": None,
            "validated_state": {
                "type": kind,
                "name": name,
                "message": "",
                "state_details": {"untrackable_result": True},
                "data": None,
            },
            "task_run": {
                "name": task,
                "task_key": "add-f213a7b1",
                "dynamic_key": "0",
                "empirical_policy": {"retries": 1},
                "tags": ["a"],
                "labels": {},
                "task_inputs": {"x": []},
                "run_count": run_count,
                "flow_run_run_count": 1,
                "expected_start_time": from_us(NOW).isoformat(),
                "total_run_time": 1.5,
            },
        },
    )


def told(client, *events):
    """Over a socket that is closed afterwards: then all of it is in the store."""
    with Peer(client, "/events/in") as peer:
        peer.greet()
        for one in events:
            peer.say(one)


def names(client):
    said = client.post(
        "/api/events/filter", {"filter": {"order": "ASC", "occurred": {"since": "2020-01-01T00:00:00Z"}}}
    )
    return [one["event"] for one in said.body["events"]]


def test_events_are_in_the_store_when_the_socket_is_closed(client):
    told(client, *(event(f"n.{place:03}", at=place - 100) for place in range(40)))

    assert names(client) == [f"n.{place:03}" for place in range(40)]


def test_what_cannot_be_taken_is_passed_over_and_the_rest_is_taken(client):
    told(
        client,
        "no json",
        {"event": "no.id"},
        event("no.resource", resource={}),
        event("no.role", related=[{"prefect.resource.id": "x"}]),
        event("x" * 2000),
        event("good"),
    )

    assert names(client) == ["good"]


def test_what_no_database_keeps_is_replaced(client):
    told(
        client,
        json.dumps(event("good", payload={"a": "NUL", "b": "LONE"}))
        .replace("NUL", "\\u0000")
        .replace("LONE", "\\ud800"),
    )

    said = client.post("/api/events/filter", {}).body["events"]
    assert said[0]["payload"] == {"a": "␀", "b": "\\ud800"}


@pytest.mark.parametrize("payload", ['{"a": ' + "[" * 64 + "]" * 64 + "}", '{"a": 1e400}', "[]", "5"])
def test_a_payload_that_could_not_be_read_again_is_passed_over(client, payload):
    told(client, event("before"), json.dumps(event("odd", payload="HERE")).replace('"HERE"', payload), event("behind"))

    assert sorted(names(client)) == ["before", "behind"]


def test_task_runs_that_are_told_are_task_runs(client, store):
    run = Story(store).running()
    pending = task_run_event(run, "PENDING", "Pending", at=0, run_count=0)
    running = task_run_event(run, "RUNNING", "Running", at=1)
    completed = task_run_event(run, "COMPLETED", "Completed", at=2)

    told(client, pending, running, completed)

    task_run = store.read_task_run(an_id("t"))
    assert (task_run.state_type, task_run.state_name) == ("COMPLETED", "Completed")
    assert task_run.flow_run_id == run
    assert task_run.task_key == "add-f213a7b1"
    assert task_run.tags == ["a"]
    assert task_run.total_run_time == 1.5
    assert task_run.end_time == from_us(NOW + 2 * SECOND)
    assert [one.name for one in store.task_run_states(task_run.id)] == ["Pending", "Running", "Completed"]
    about = {"resource": {"id": [f"prefect.task-run.{task_run.id}"]}, "order": "ASC"}
    said = client.post("/api/events/filter", {"filter": about}).body["events"]
    assert [one["id"] for one in said] == [pending["id"], running["id"], completed["id"]]
    assert said[2]["payload"]["validated_state"] == completed["payload"]["validated_state"]


@pytest.mark.parametrize("together", [True, False])
def test_an_older_state_never_overtakes_a_newer_one_and_nothing_is_lost(client, store, together):
    run = Story(store).running()
    states = [
        task_run_event(run, "RUNNING", "Running", at=1),
        task_run_event(run, "COMPLETED", "Completed", at=2),
        task_run_event(run, "PENDING", "Pending", at=0),
    ]

    for burst in [states] if together else [[one] for one in states]:
        told(client, *burst)

    assert store.read_task_run(an_id("t")).state_name == "Completed"
    assert sorted(names(client)) == sorted(["prefect.flow-run.Running", *(one["event"] for one in states)])


def test_telling_again_changes_nothing(client, store):
    run = Story(store).running()
    states = [task_run_event(run, kind, kind.title(), at=at) for at, kind in enumerate(["RUNNING", "COMPLETED"])]

    told(client, *states)
    told(client, *states, states[0])

    assert [one.name for one in store.task_run_states(an_id("t"))] == ["Running", "Completed"]
    assert len(names(client)) == 3


def test_a_task_run_of_a_run_that_is_gone_is_an_event_only(client, store):
    told(client, task_run_event(an_id("gone"), "RUNNING", "Running", at=1))

    assert names(client) == ["prefect.task-run.Running"]
    assert store.find_task_runs() == []


@pytest.mark.parametrize(
    "number", [{"run_count": 2**63}, {"run_count": 2**80}, {"flow_run_run_count": 2**63}, {"total_run_time": 1e300}]
)
def test_a_number_that_no_column_holds_takes_nothing_else_with_it(client, store, number):
    run = Story(store).running()
    odd = task_run_event(run, "RUNNING", "Running", at=1, task="odd")
    odd["payload"]["task_run"] |= number

    told(client, event("before"), odd, event("behind"))

    assert {"before", "prefect.task-run.Running", "behind"} <= set(names(client))


class Choosy:
    """A store that has no column for one kind of event."""

    def __init__(self, store):
        self._store = store

    def take_events(self, told, now):
        if any(one.event == "unfit" for one in told):
            raise UnfitValueError("no column holds this")
        return self._store.take_events(told, now)


def test_what_the_store_refuses_takes_nothing_else_with_it(client, store):
    client.app._live = replace(client.app._live, store=Choosy(store))

    told(client, event("before"), event("unfit"), event("behind"))

    assert sorted(names(client)) == ["before", "behind"]


@pytest.mark.parametrize("apart", [-600, 600], ids=["client-behind", "client-ahead"])
def test_f17_a_deferred_task_run_goes_its_way_whatever_the_clock_of_its_worker_says(client, store, apart):
    """It is scheduled and taken by the server's clock; that it runs is told by the client's."""
    run = Story(store).running()
    body = {"flow_run_id": run, "task_key": "t", "dynamic_key": "0", "id": an_id("t")}
    due = {"type": "SCHEDULED", "state_details": {"deferred": True}}
    assert client.post("/api/task_runs/", body | {"state": due}).status == 201
    taken = {"type": "PENDING", "state_details": {"deferred": True}}
    assert client.post(f"/api/task_runs/{an_id('t')}/set_state", {"state": taken}).body["status"] == "ACCEPT"
    theirs = (client.clock.us - NOW) // SECOND + apart

    told(client, task_run_event(run, "COMPLETED", "Completed", at=theirs + 2), event("between"))
    told(client, task_run_event(run, "RUNNING", "Running", at=theirs + 1))

    states = [one.name for one in store.task_run_states(an_id("t"))]
    assert states == ["Scheduled", "Pending", "Completed"]


def test_who_does_not_say_who_it_is_is_sent_away(client):
    with Peer(client, "/events/in") as peer:
        peer.next()
        peer.say({"type": "filter"})
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert (closed.value.code, closed.value.reason) == (1008, "Expected 'auth' message")


def test_without_the_subprotocol_nobody_needs_to_say_anything(client):
    with Peer(client, "/events/in", subprotocols=()) as peer:
        assert peer.next() == {"type": "websocket.accept", "subprotocol": None}
        peer.say(event("good"))

    assert names(client) == ["good"]


def test_a_path_that_has_no_socket_is_refused(client):
    with Peer(client, "/nothing") as peer:
        assert peer.next()["type"] == "websocket.close"
