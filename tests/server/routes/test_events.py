"""Events over REST."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.store.conformance.story import an_id
from tidemill.domain.states import from_us


def event(client, name, *, at=0, **fields):
    return {
        "event": name,
        "id": an_id(f"{name}{at}"),
        "occurred": from_us(client.clock.us + at * 1_000_000).isoformat(),
        "resource": {"prefect.resource.id": f"about.{name}"},
    } | fields


def names(said):
    return [one["event"] for one in said.body["events"]]


def test_events_are_told_and_found(client):
    told = event(client, "a", payload={"x": [1]}, related=[{"prefect.resource.id": "b", "prefect.resource.role": "r"}])

    assert client.post("/api/events", [told]).status == 204

    found = client.post("/api/events/filter", {})
    assert found.body["total"] == 1
    assert found.body["next_page"] is None
    (one,) = found.body["events"]
    assert {name: one[name] for name in ("event", "id", "resource", "payload", "related")} == {
        name: told[name] for name in ("event", "id", "resource", "payload", "related")
    }


def test_pages_lead_to_each_other(client):
    client.post("/api/events", [event(client, f"n.{place}", at=-place) for place in range(5)])

    page = client.post("/api/events/filter", {"limit": 2})
    heard = names(page)
    while page.body["next_page"] is not None:
        address = urlsplit(page.body["next_page"])
        assert address.netloc == "127.0.0.1:4200"
        page = client.get(f"{address.path}?{address.query}")
        assert page.body["total"] == 5
        heard += names(page)

    assert heard == ["n.0", "n.1", "n.2", "n.3", "n.4"]


def test_what_is_older_than_half_a_year_is_not_looked_for_unless_asked(client):
    client.post("/api/events", [event(client, "old", at=-200 * 86_400)])

    assert names(client.post("/api/events/filter", {})) == []
    since = {"filter": {"occurred": {"since": "2000-01-01T00:00:00Z"}}}
    assert names(client.post("/api/events/filter", since)) == ["old"]


@pytest.mark.parametrize("token", ["", "abc", "e30", "eyJmaWx0ZXIiOnt9LCJsaW1pdCI6OTk5LCJ0b3RhbCI6MX0"])
def test_a_token_that_was_not_made_here_is_forbidden(client, token):
    assert client.get(f"/api/events/filter/next?page-token={token}").status == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"event": 5}, "event"),
        ({"id": "x"}, "id"),
        ({"occurred": "yesterday"}, "occurred"),
        ({"resource": {}}, "prefect.resource.id"),
        ({"related": [{"prefect.resource.id": "x"}]}, "prefect.resource.role"),
        ({"related": [{"prefect.resource.id": "x", "prefect.resource.role": "y"}] * 101}, "at most 100"),
        ({"event": "x" * 1025}, "1024"),
        ({"resource": {"prefect.resource.id": "x"} | {str(place): "" for place in range(500)}}, "500"),
    ],
)
def test_what_is_no_event_is_refused_and_nothing_of_it_is_kept(client, body, field):
    said = client.post("/api/events", [event(client, "good"), event(client, "bad") | body])

    assert said.status == 422
    assert field in json.dumps(said.body)
    assert names(client.post("/api/events/filter", {})) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("filter", {"limit": 51}),
        ("filter", {"limit": -1}),
        ("filter", {"filter": {"evnt": {}}}),
        ("filter", {"filter": {"order": "UP"}}),
        ("filter", {"filter": {"text": {"query": "x" * 201}}}),
        ("count-by/colour", {"filter": {}}),
        ("count-by/time", {"filter": {}, "time_unit": "second", "time_interval": 0.01}),
        ("count-by/time", {"filter": {}, "time_interval": 0.001}),
        ("count-by/time", {}),
    ],
)
def test_a_question_that_does_not_fit_is_refused(client, path, body):
    assert client.post(f"/api/events/{path}", body).status == 422


def test_counts_by_time_cover_every_interval(client):
    client.post("/api/events", [event(client, "a", at=-place) for place in (1, 2, 15)])
    asked = {"filter": {"occurred": {"since": from_us(client.clock.us - 20_000_000).isoformat()}}}

    said = client.post("/api/events/count-by/time", asked | {"time_unit": "second", "time_interval": 10})

    assert [(one["value"], one["count"]) for one in said.body] == [("0", 1), ("1", 2)]
    by_name = client.post("/api/events/count-by/event", {"filter": {}}).body
    assert [(one["value"], one["label"], one["count"]) for one in by_name] == [("a", "a", 3)]


def test_a_deployments_runs_say_where_they_come_from(client):
    flow = client.post("/api/flows/", {"name": "f"}).body
    pool = client.post("/api/work_pools/", {"name": "p", "type": "process"}).body
    asked = {"name": "d", "flow_id": flow["id"], "work_pool_name": "p", "work_queue_name": "default"}
    deployment = client.post("/api/deployments/", asked).body
    client.post(f"/api/deployments/{deployment['id']}/create_flow_run", {})

    for role, id_ in (
        ("flow", flow["id"]),
        ("deployment", deployment["id"]),
        ("work-pool", pool["id"]),
        ("work-queue", pool["default_queue_id"]),
    ):
        asked = {"related": {"id": [f"prefect.{role}.{id_}"]}, "event": {"prefix": ["prefect.flow-run."]}}
        found = client.post("/api/events/filter", {"filter": asked})
        assert names(found) == ["prefect.flow-run.Scheduled"]
        assert role in {one["prefect.resource.role"] for one in found.body["events"][0]["related"]}
