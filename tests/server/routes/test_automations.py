"""Automations over REST."""

from __future__ import annotations

from uuid import uuid4

import pytest

ROOT = "/api/automations"
ID = str(uuid4())
EVENT = {"type": "event", "posture": "Reactive", "expect": ["prefect.flow-run.Failed"], "within": 30}
NEW_RUNS = EVENT | {"expect": ["prefect.flow-run.Pending"]}
RUN = {"type": "run-deployment", "deployment_id": ID}


def an_automation(client, name="a", **more):
    client.clock.sleep(1)
    said = client.post(f"{ROOT}/", {"name": name, "trigger": EVENT, "actions": [{"type": "do-nothing"}]} | more)
    assert said.status == 201, said
    return said.body


def test_an_automation_is_made_read_changed_and_deleted(client):
    made = an_automation(client, tags=["t"], description="d", trigger=EVENT | {"id": ID})

    assert client.get(f"{ROOT}/{made['id']}").body == made
    assert made["trigger"]["id"] != ID
    assert client.patch(f"{ROOT}/{made['id']}", {"enabled": False}).status == 204
    assert client.patch(f"{ROOT}/{made['id']}", {}).status == 204
    assert client.get(f"{ROOT}/{made['id']}").body["enabled"] is False
    new = {"name": "b", "trigger": EVENT | {"threshold": 3}, "actions": []}
    assert client.put(f"{ROOT}/{made['id']}", new).status == 204
    changed = client.get(f"{ROOT}/{made['id']}").body
    assert (changed["name"], changed["trigger"]["threshold"], changed["actions"]) == ("b", 3, [])
    assert (changed["tags"], changed["description"], changed["enabled"]) == (["t"], "d", False)
    assert client.delete(f"{ROOT}/{made['id']}").status == 204
    for method, body in (("GET", None), ("PATCH", {}), ("PUT", new), ("DELETE", None)):
        assert client.request(method, f"{ROOT}/{made['id']}", body).status == 404


def test_triggers_within_triggers(client):
    inner = {"type": "sequence", "triggers": [EVENT, EVENT], "within": 5}
    trigger = {"type": "compound", "require": 1, "triggers": [inner, EVENT], "within": None}
    made = an_automation(client, trigger=trigger)

    said = made["trigger"]
    ids = [said["id"], said["triggers"][0]["id"], *(one["id"] for one in said["triggers"][0]["triggers"])]
    assert len(set(ids)) == 4
    assert client.get(f"{ROOT}/{made['id']}").body["trigger"] == said


def test_what_it_has_to_do_with(client):
    owned = an_automation(client, "owned", owner_resource="prefect.deployment.x")
    running = an_automation(client, "running", actions=[RUN])

    def related(resource):
        return [one["name"] for one in client.get(f"{ROOT}/related-to/{resource}").body]

    assert related("prefect.deployment.x") == ["owned"]
    assert related(f"prefect.deployment.{ID}") == ["running"]
    client.put(f"{ROOT}/{running['id']}", {"name": "running", "trigger": EVENT, "actions": []})
    assert related(f"prefect.deployment.{ID}") == []
    client.patch(f"{ROOT}/{owned['id']}", {"enabled": False})
    for resource in (f"prefect.deployment.{ID}", "prefect.deployment.x"):
        assert client.delete(f"{ROOT}/owned-by/{resource}").status == 202
    assert [one["name"] for one in client.post(f"{ROOT}/filter").body] == ["running"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "abc"),
        ({"automations": {"name": {"any_": ["a", "z"]}}}, "a"),
        ({"automations": {"tags": {"all_": ["x"]}}}, "ab"),
        ({"automations": {"tags": {"any_": ["y", "z"]}}}, "b"),
        ({"automations": {"tags": {"is_null_": True}}}, "c"),
        ({"automations": {"created": {"before_": "2000-01-01T00:00:00Z"}}}, ""),
        ({"automations": {"id": {"any_": [ID]}}}, ""),
        ({"sort": "NAME_DESC"}, "cba"),
        ({"sort": "CREATED_DESC"}, "cba"),
        ({"sort": "UPDATED_DESC"}, "acb"),
        ({"limit": 1, "offset": 1}, "b"),
    ],
)
def test_automations_are_found_by_filter(client, asked, found):
    first = an_automation(client, "a", tags=["x"])
    an_automation(client, "b", tags=["x", "y"])
    an_automation(client, "c")
    client.clock.sleep(1)
    client.patch(f"{ROOT}/{first['id']}", {"enabled": False})

    assert "".join(one["name"] for one in client.post(f"{ROOT}/filter", asked).body) == found
    if set(asked) <= {"automations"}:
        assert client.post(f"{ROOT}/count", asked).body == len(found)


@pytest.mark.parametrize(
    "trigger",
    [
        EVENT | {"posture": "Proactive", "within": 5},
        EVENT | {"within": -1},
        EVENT | {"posture": "Nope"},
        EVENT | {"type": "x"},
        {"type": "event"},
        {"type": "compound", "triggers": [EVENT], "require": 2, "within": 10},
        {"type": "compound", "triggers": [EVENT], "require": 0, "within": 10},
        {"type": "compound", "triggers": [EVENT], "require": "some", "within": 10},
        {"type": "sequence", "triggers": [EVENT | {"within": -1}], "within": 10},
        {"type": "sequence", "triggers": [], "within": -3},
    ],
)
def test_triggers_that_do_not_fit_are_refused(client, trigger):
    said = client.post(f"{ROOT}/", {"name": "a", "trigger": trigger, "actions": []})

    assert said.status == 422
    assert said.body["exception_detail"][0]["loc"][:2] == ["body", "trigger"]


def test_a_trigger_that_waits_for_what_does_not_come_waits_ten_seconds_or_more(client):
    made = an_automation(client, trigger=EVENT | {"posture": "Proactive", "within": 0})

    assert made["trigger"]["within"] == 10


@pytest.mark.parametrize("kind", ["run-deployment", "pause-work-pool", "resume-automation", "pause-work-queue"])
def test_what_is_selected_is_named_and_what_is_inferred_is_not(client, kind):
    name = {"deployment": "deployment_id"}.get(kind.partition("-")[2], f"{kind.partition('-')[2]}_id").replace("-", "_")

    for action, status in (
        ({"type": kind}, 422),
        ({"type": kind, name: ID}, 201),
        ({"type": kind, "source": "inferred"}, 201),
        ({"type": kind, "source": "inferred", name: ID}, 422),
        ({"type": "nope"}, 422),
    ):
        said = client.post(f"{ROOT}/", {"name": "a", "trigger": EVENT, "actions": [action]})
        assert said.status == status, action


@pytest.mark.parametrize(
    ("trigger", "action", "status"),
    [
        (NEW_RUNS, {"type": "run-deployment", "source": "inferred"}, 422),
        (NEW_RUNS, RUN, 422),
        (NEW_RUNS | {"match": {"prefect.resource.id": "prefect.flow-run.*"}}, RUN, 422),
        (NEW_RUNS | {"match": {"prefect.resource.id": ["prefect.flow-run.1"]}}, RUN, 201),
        (NEW_RUNS | {"match_related": {"prefect.resource.id": "prefect.flow.1"}}, RUN, 201),
        (NEW_RUNS | {"match_related": [{"prefect.resource.id": "prefect.flow.1"}]}, RUN, 201),
        (NEW_RUNS, {"type": "do-nothing"}, 201),
        (NEW_RUNS | {"posture": "Proactive"}, RUN, 201),
        (EVENT, RUN, 201),
    ],
)
def test_automations_that_would_set_themselves_off_for_ever_are_refused(client, trigger, action, status):
    body = {"name": "a", "trigger": trigger, "actions": [action]}

    assert client.post(f"{ROOT}/", body).status == status
    idle = client.post(f"{ROOT}/", body | {"enabled": False}).body
    assert client.patch(f"{ROOT}/{idle['id']}", {"enabled": True}).status == (204 if status == 201 else 422)
