"""Flows over REST."""

from __future__ import annotations

import pytest

from tests.server.routes.runs import NOWHERE, flow, flow_run, where


def names(said):
    return [one["name"] for one in said.body]


def test_a_flow_is_made_once_by_its_name(client):
    made = client.post("/api/flows/", {"name": "etl", "tags": ["a"], "labels": {"team": "x"}})
    again = client.post("/api/flows/", {"name": "etl", "tags": ["b"]})

    assert (made.status, again.status) == (201, 200)
    assert again.body == made.body
    assert set(made.body) == {"id", "name", "created", "updated", "tags", "labels"}
    assert client.get(f"/api/flows/{made.body['id']}").body == made.body
    assert client.get("/api/flows/name/etl").body == made.body


def test_an_embedded_process_knows_the_id_of_a_flow_by_its_name(client):
    from tidemill.domain.identity import flow_id

    assert flow(client, "etl") == flow_id("default", "etl")


def test_tags_of_a_flow_are_changed(client):
    id_ = flow(client)
    client.clock.sleep(1)

    assert client.patch(f"/api/flows/{id_}", {"tags": ["new"]}).status == 204
    changed = client.get(f"/api/flows/{id_}").body
    assert changed["tags"] == ["new"]
    assert changed["updated"] > changed["created"]
    assert client.patch(f"/api/flows/{NOWHERE}", {"tags": []}).status == 404


def test_deleting_a_flow_deletes_its_runs(client):
    id_ = flow(client)
    run = flow_run(client, id_)

    assert client.delete(f"/api/flows/{id_}").status == 204
    assert client.get(f"/api/flows/{id_}").status == 404
    assert client.get(f"/api/flow_runs/{run}").status == 404
    assert client.delete(f"/api/flows/{id_}").status == 404


def test_flows_are_deleted_by_filter(client):
    kept, gone = flow(client, "kept"), flow(client, "gone")

    said = client.post("/api/flows/bulk_delete", {"flows": {"name": {"any_": ["gone"]}}})

    assert said.body == {"deleted": [gone]}
    assert client.post("/api/flows/count").body == 1
    assert client.get(f"/api/flows/{kept}").status == 200


def test_flows_are_found_by_what_runs_of_them_there_are(client):
    etl, _ = flow(client, "etl"), flow(client, "idle")
    flow_run(client, etl, tags=["nightly"])

    def asked(**wanted):
        return names(client.post("/api/flows/filter", wanted))

    assert asked(flow_runs={"tags": {"any_": ["nightly"]}}) == ["etl"]
    assert asked(flow_runs={}) == ["etl"]
    assert asked(task_runs={}) == []
    assert asked(flows={"name": {"like_": "DL"}}) == ["idle"]
    assert asked(sort="NAME_DESC") == ["idle", "etl"]
    assert asked(limit=1, offset=1) == ["idle"]


def test_pages_of_flows(client):
    for name in "abcde":
        flow(client, name)

    page = client.post("/api/flows/paginate", {"limit": 2, "page": 3}).body

    assert {key: page[key] for key in ("count", "limit", "page", "pages")} == {
        "count": 5, "limit": 2, "page": 3, "pages": 3,
    }  # fmt: skip
    assert [one["name"] for one in page["results"]] == ["e"]
    assert client.post("/api/flows/paginate", {"page": 9}).body["results"] == []


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        ("/api/flows/", {}, ["body", "name"]),
        ("/api/flows/", {"name": "a/b"}, ["body", "name"]),
        ("/api/flows/", {"name": "a", "colour": 1}, ["body", "colour"]),
        ("/api/flows/", {"name": "a", "labels": {"x": []}}, ["body", "labels"]),
        ("/api/flows/filter", {"limit": 201}, ["body", "limit"]),
        ("/api/flows/filter", {"limit": -1}, ["body", "limit"]),
        ("/api/flows/filter", {"offset": 2**70}, ["body", "offset"]),
        ("/api/flows/filter", {"sort": "SIZE"}, ["body", "sort"]),
        ("/api/flows/filter", {"flows": {"nme": {}}}, ["body", "flows", "nme"]),
        ("/api/flows/filter", {"flows": {"id": {"any_": ["x"]}}}, ["body", "flows", "id", "any_"]),
        ("/api/flows/paginate", {"page": 0}, ["body", "page"]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, path, body, fault):
    said = client.post(path, body)

    assert said.status == 422
    assert where(said)[0][: len(fault)] == fault
    assert client.post("/api/flows/count").body == 0


def test_an_id_that_is_none_is_refused(client):
    assert client.get("/api/flows/7").status == 422
