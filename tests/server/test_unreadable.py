"""F23: what strangers say of a state that nobody could read spoils no list: it is kept aside, or refused."""

from __future__ import annotations

import json

import pytest

from tests.server.live.test_events_in import task_run_event, told
from tests.server.services.telling import DAY, turn
from tests.store.conformance.story import NOW, Story, an_id, created, started, state
from tidemill.server.services.every import every_service
from tidemill.settings import Settings

DETAILS = [
    {"pause_timeout": "nonsense"},
    {"pause_timeout": 5},
    {"scheduled_us": 10**30},
    {"scheduled_us": "x"},
    {"flow_run_id": 5},
    {"untrackable_result": "maybe"},
    {"run_input_keyset": [1]},
]
POLICIES = [{"retries": "many"}, {"retry_delay": "x"}]


def all_can_be_read(client, store):
    for things in ("flow_runs", "task_runs"):
        assert client.post(f"/api/{things}/filter", {}).status == 200
    for service in every_service(Settings()):
        service.run_once(turn(store, NOW + 100 * DAY))


def journal(client, story, entry, root):
    batch = story.batch(entry)
    entries = [[kind, json.loads(raw)] for kind, raw in batch.payloads]
    body = {"producer": batch.producer, "first_seq": batch.first_seq, "last_seq": batch.last_seq, "entries": entries}
    said = client.post("/api/tm/journal", body | {"roots": {root: 1}})
    assert (said.status, said.body) == (200, {"applied_seq": batch.last_seq})


@pytest.mark.parametrize("details", DETAILS, ids=str)
def test_f23_of_a_journal(client, store, details):
    story = Story(store)
    run = story.running()

    journal(client, story, state(run, "PAUSED", ordinal=1, name="Suspended", details=details), run)

    assert client.get(f"/api/flow_runs/{run}").body["state_name"] == "Running"
    assert "nobody could read" in store.late_reports()[0].reason
    all_can_be_read(client, store)


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_f23_of_a_policy_in_a_journal(client, store, policy):
    story = Story(store)
    run = story.running()

    journal(client, story, started(run, empirical_policy=policy), run)
    journal(client, story, created("another", empirical_policy=policy), an_id("another"))

    assert len(store.late_reports()) == 2
    all_can_be_read(client, store)


@pytest.mark.parametrize(("where", "said"), [("state", one) for one in DETAILS] + [("run", one) for one in POLICIES])
def test_f23_of_a_task_run_that_is_told(client, store, where, said):
    run = Story(store).running()
    event = task_run_event(run, "RUNNING", "Running", at=1)
    if where == "state":
        event["payload"]["validated_state"]["state_details"] = said
    else:
        event["payload"]["task_run"]["empirical_policy"] = said

    told(client, event)

    assert client.post("/api/task_runs/filter", {}).body == []
    all_can_be_read(client, store)


def test_f23_of_a_decision(client, store):
    run = Story(store).running()
    paused = {"id": an_id("s"), "type": "PAUSED", "name": "Paused", "timestamp": "2023-11-14T22:13:21Z"}
    body = {"flow_run_id": run, "state": paused | {"state_details": {"pause_timeout": 5}}}

    said = client.post("/api/tm/store/set_flow_run_state", body)

    assert said.status == 422
    assert "pause_timeout" in said.body["detail"]
    all_can_be_read(client, store)
