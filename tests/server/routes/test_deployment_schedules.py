"""Schedules of deployments over REST, and the runs that come of them."""

from __future__ import annotations

import pytest

from tests.server.routes.deploying import NOBODY

HOURLY = {"interval": 3600, "anchor_date": "2020-01-01T00:00:00Z"}


def slugs(schedules):
    return sorted(schedule["slug"] or "" for schedule in schedules)


@pytest.fixture
def deployment(deployer):
    return deployer.deployment(schedules=[{"schedule": HOURLY, "slug": "hourly"}], parameters={"x": 1}, tags=["t"])


@pytest.fixture
def path(deployment):
    return f"/api/deployments/{deployment['id']}"


def test_a_schedule_is_kept_in_the_form_of_the_wire(client, deployment, path):
    (hourly,) = deployment["schedules"]
    assert hourly["schedule"] == {
        "interval": 3600.0,
        "anchor_date": "2020-01-01T00:00:00Z",
        "timezone": hourly["schedule"]["timezone"],
    }
    said = client.post(
        f"{path}/schedules", [{"schedule": {"cron": "0 5 * * 1"}, "slug": "weekly", "max_scheduled_runs": 3}]
    )
    assert said.status == 201
    assert said.body[0]["schedule"]["cron"] == "0 5 * * 1"
    assert said.body[0]["schedule"]["day_or"] is True
    assert said.body[0]["max_scheduled_runs"] == 3
    assert slugs(client.get(f"{path}/schedules").body) == ["hourly", "weekly"]
    assert client.get(f"/api/deployments/{NOBODY}/schedules").status == 404
    assert client.post(f"/api/deployments/{NOBODY}/schedules", [{"schedule": HOURLY}]).status == 404


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        ({"schedule": {"cron": "never"}}, "schedule"),
        ({"schedule": {"interval": 0}}, "schedule"),
        ({"schedule": {"interval": 60, "timezone": "Mars/Olympus"}}, "schedule"),
        ({"schedule": {"rrule": "FREQ=SOMETIMES"}}, "schedule"),
        ({"schedule": {}}, "schedule"),
        ({"schedule": HOURLY, "max_scheduled_runs": 51}, "max_scheduled_runs"),
        ({"schedule": HOURLY, "colour": 1}, "colour"),
    ],
)
def test_what_is_no_schedule_is_refused(client, path, schedule, field):
    said = client.post(f"{path}/schedules", [schedule])

    assert said.status == 422, said
    assert field in str(said.body["exception_detail"][0])
    assert slugs(client.get(f"{path}/schedules").body) == ["hourly"]


def test_slugs_are_unique_to_a_deployment(client, deployment, path):
    assert client.post(f"{path}/schedules", [{"schedule": HOURLY, "slug": "hourly"}]).status == 409
    (other,) = client.post(f"{path}/schedules", [{"schedule": HOURLY}]).body
    assert client.patch(f"{path}/schedules/{other['id']}", {"slug": "hourly"}).status == 409
    assert client.patch(f"{path}/schedules/{deployment['schedules'][0]['id']}", {"slug": "hourly"}).status == 204
    twice = [{"schedule": HOURLY, "slug": "a"}, {"schedule": HOURLY, "slug": "a"}]
    assert client.patch(path, {"schedules": twice}).status == 409
    assert slugs(client.get(f"{path}/schedules").body) == ["", "hourly"]


def test_a_schedule_is_changed_and_deleted(client, deployment, path):
    id_ = deployment["schedules"][0]["id"]

    changes = {"active": False, "schedule": {"interval": 60}, "parameters": {"x": 2}}
    assert client.patch(f"{path}/schedules/{id_}", changes).status == 204
    (changed,) = client.get(f"{path}/schedules").body
    assert (changed["active"], changed["schedule"]["interval"], changed["parameters"]) == (False, 60.0, {"x": 2})
    assert client.patch(f"{path}/schedules/{id_}", {"schedule": None, "active": None}).status == 204
    assert client.patch(f"{path}/schedules/{id_}", {"schedule": {"cron": "no"}}).status == 422
    assert client.patch(f"{path}/schedules/{NOBODY}", {"active": True}).status == 404
    assert client.delete(f"{path}/schedules/{NOBODY}").status == 404
    assert client.delete(f"/api/deployments/{NOBODY}/schedules/{id_}").status == 404
    assert client.delete(f"{path}/schedules/{id_}").status == 204
    assert client.get(f"{path}/schedules").body == []


def test_an_update_names_all_schedules(client, deployment, path):
    """One of the slug of a schedule that is there is that schedule; what is not named is gone."""
    before = deployment["schedules"][0]
    client.patch(path, {"schedules": [{"slug": "hourly", "active": False}, {"schedule": {"cron": "0 0 * * *"}}]})

    after = {schedule["slug"]: schedule for schedule in client.get(path).body["schedules"]}
    assert set(after) == {"hourly", None}
    assert after["hourly"]["id"] == before["id"]
    assert after["hourly"]["schedule"] == before["schedule"]
    assert after["hourly"]["active"] is False
    client.patch(path, {"schedules": [{"slug": "renamed", "replaces": "hourly"}]})
    (renamed,) = client.get(path).body["schedules"]
    assert (renamed["id"], renamed["slug"]) == (before["id"], "renamed")
    assert client.patch(path, {"schedules": [{"slug": "unknown"}]}).status == 422
    assert client.patch(path, {"tags": ["u"]}).status == 204
    assert slugs(client.get(path).body["schedules"]) == ["renamed"]


def test_what_is_posted_again_replaces_the_schedules(client, deployer, deployment):
    again = {"flow_id": deployment["flow_id"], "name": deployment["name"]}
    body = again | {"schedules": [{"schedule": {"cron": "0 0 * * *"}, "slug": "daily"}]}

    assert slugs(client.post("/api/deployments/", body).body["schedules"]) == ["daily"]
    assert client.post("/api/deployments/", again).body["schedules"] == []


def test_runs_are_scheduled_once(client, deployer, deployment, path):
    client.post(f"{path}/schedule", {"max_runs": 3, "min_runs": 3})
    runs = deployer.runs(deployment)

    assert len(runs) == 3
    assert {run["state_type"] for run in runs} == {"SCHEDULED"}
    assert all(run["auto_scheduled"] and run["tags"] == ["t", "auto-scheduled"] for run in runs)
    assert {run["created_by"]["type"] for run in runs} == {"SCHEDULE"}
    assert [run["next_scheduled_start_time"] for run in runs] == sorted(run["expected_start_time"] for run in runs)
    assert runs[0]["state"]["state_details"]["scheduled_time"] is not None
    assert runs[0]["parameters"] == {"x": 1}
    client.post(f"{path}/schedule", {"max_runs": 3, "min_runs": 3})
    assert [run["id"] for run in deployer.runs(deployment)] == [run["id"] for run in runs]
    client.post(f"{path}/schedule", {"max_runs": 5, "min_runs": 5})
    assert len(deployer.runs(deployment)) == 5
    assert client.post(f"/api/deployments/{NOBODY}/schedule", {}).status == 200


def test_a_window_bounds_what_is_scheduled(client, deployer, deployment, path):
    window = {"start_time": "2090-01-01T00:30:00Z", "end_time": "2090-01-01T03:00:00Z", "min_runs": 10}
    client.post(f"{path}/schedule", window)

    due = [run["expected_start_time"] for run in deployer.runs(deployment)]
    assert due == ["2090-01-01T01:00:00Z", "2090-01-01T02:00:00Z", "2090-01-01T03:00:00Z"]
    odd = {"min_runs": -5, "max_runs": 10**18, "min_time": 1e300, "end_time": "0001-01-01T00:00:00Z"}
    assert client.post(f"{path}/schedule", odd).status == 200


def test_a_schedule_has_parameters_and_a_bound_of_its_own(client, deployer):
    schedules = [{"schedule": HOURLY, "parameters": {"x": 2}, "max_scheduled_runs": 2, "slug": "own"}]
    deployment = deployer.deployment(schedules=schedules, parameters={"x": 1, "y": 1})
    client.post(f"/api/deployments/{deployment['id']}/schedule", {"min_runs": 9})

    assert [run["parameters"] for run in deployer.runs(deployment)] == [{"x": 2, "y": 1}] * 2


@pytest.mark.parametrize(
    "change",
    [
        lambda client, path, _: client.post(f"{path}/pause_deployment", {}),
        lambda client, path, _: client.patch(path, {"paused": True}),
        lambda client, path, _: client.patch(path, {"schedules": []}),
        lambda client, path, _: client.patch(path, {"parameters": {"x": 7}}),
        lambda client, path, id_: client.patch(f"{path}/schedules/{id_}", {"active": False}),
        lambda client, path, id_: client.delete(f"{path}/schedules/{id_}"),
    ],
    ids=["pause", "paused", "no schedules", "parameters", "inactive", "schedule deleted"],
)
def test_a_change_withdraws_what_a_scheduler_made(client, deployer, deployment, path, change):
    asked_for = deployer.run(deployment)
    client.post(f"{path}/schedule", {"max_runs": 3})
    assert len(deployer.runs(deployment)) == 4

    assert change(client, path, deployment["schedules"][0]["id"]).status in (200, 204)
    assert [run["id"] for run in deployer.runs(deployment)] == [asked_for["id"]]


def test_other_schedules_keep_their_runs(client, deployer, deployment, path):
    (other,) = client.post(f"{path}/schedules", [{"schedule": {"interval": 7200}, "slug": "other"}]).body
    client.post(f"{path}/schedule", {"max_runs": 2, "min_runs": 2})
    client.delete(f"{path}/schedules/{deployment['schedules'][0]['id']}")

    assert {run["created_by"]["id"] for run in deployer.runs(deployment)} == {other["id"]}


def test_a_run_that_has_begun_stays(client, deployer, deployment, path):
    client.post(f"{path}/schedule", {"max_runs": 2, "min_runs": 2})
    first = deployer.runs(deployment)[0]
    begun = {"state": {"type": "PENDING"}, "force": True}
    assert client.post(f"/api/flow_runs/{first['id']}/set_state", begun).status < 300
    client.post(f"{path}/pause_deployment", {})

    assert [run["id"] for run in deployer.runs(deployment)] == [first["id"]]


def test_a_paused_deployment_owes_nothing(client, deployer, deployment, path):
    client.post(f"{path}/pause_deployment", {})
    assert client.get(path).body["paused"] is True
    client.post(f"{path}/schedule", {})
    assert deployer.runs(deployment) == []
    client.post(f"{path}/resume_deployment", {})
    client.post(f"{path}/schedule", {"max_runs": 1})
    assert len(deployer.runs(deployment)) == 1
    assert client.post(f"/api/deployments/{NOBODY}/pause_deployment", {}).status == 404
    assert client.post(f"/api/deployments/{NOBODY}/resume_deployment", {}).status == 404


def test_a_deleted_deployment_takes_its_waiting_runs_with_it(client, deployer, deployment, path):
    waiting, begun = deployer.run(deployment), deployer.run(deployment)
    client.post(f"/api/flow_runs/{begun['id']}/set_state", {"state": {"type": "RUNNING"}, "force": True})
    client.post(f"{path}/schedule", {"max_runs": 2})
    client.delete(path)

    assert [run["id"] for run in deployer.runs(deployment)] == [begun["id"]]
    assert client.get(f"/api/flow_runs/{waiting['id']}").status == 404
