"""Artifacts over REST."""

from __future__ import annotations

from uuid import uuid4

import pytest

ROOT = "/api/artifacts"
RUN, TASK = str(uuid4()), str(uuid4())


def an_artifact(client, **fields):
    client.clock.sleep(1)
    said = client.post(f"{ROOT}/", fields)
    assert said.status == 201, said
    return said.body


def test_an_artifact_is_made_read_changed_and_deleted(client):
    made = an_artifact(client, key="report", type="markdown", data="# x", description="d", metadata_={"a": "b"})

    assert client.get(f"{ROOT}/{made['id']}").body == made
    client.clock.sleep(1)
    assert client.patch(f"{ROOT}/{made['id']}", {"data": {"x": [1]}, "description": None}).status == 204
    changed = client.get(f"{ROOT}/{made['id']}").body
    assert (changed["data"], changed["description"], changed["metadata_"]) == ({"x": [1]}, None, {"a": "b"})
    assert changed["updated"] > changed["created"]
    assert client.delete(f"{ROOT}/{made['id']}").status == 204
    assert [client.request(m, f"{ROOT}/{made['id']}", {}).status for m in ("GET", "PATCH", "DELETE")] == [404] * 3


def test_the_latest_version_of_a_key(client):
    first, second, third = (an_artifact(client, key="k", data=number) for number in range(3))
    an_artifact(client, data="no key")

    assert client.get(f"{ROOT}/k/latest").body == third
    (found,) = client.post(f"{ROOT}/latest/filter").body
    assert (found["key"], found["latest_id"], found["data"]) == ("k", third["id"], 2)
    assert found["created"] == first["created"]
    client.delete(f"{ROOT}/{first['id']}")
    client.delete(f"{ROOT}/{third['id']}")
    assert client.get(f"{ROOT}/k/latest").body == second
    client.delete(f"{ROOT}/{second['id']}")
    assert client.get(f"{ROOT}/k/latest").status == 404
    assert client.post(f"{ROOT}/latest/count").body == 0


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, "abc-"),
        ({"key": {"any_": ["a", "zz"]}}, "a"),
        ({"key": {"like_": "B"}}, "b"),
        ({"key": {"exists_": False}}, "-"),
        ({"key": {"exists_": True}}, "abc"),
        ({"flow_run_id": {"any_": [RUN]}}, "a"),
        ({"task_run_id": {"any_": [TASK]}}, "b"),
        ({"type": {"any_": ["table"]}}, "a"),
        ({"type": {"not_any_": ["table"]}}, "bc-"),
        ({"operator": "or_", "type": {"any_": ["table"]}, "key": {"any_": ["c"]}}, "ac"),
        ({"id": {"any_": [str(uuid4())]}}, ""),
    ],
)
def test_artifacts_are_found_by_filter(client, wanted, found):
    an_artifact(client, key="a", type="table", flow_run_id=RUN)
    an_artifact(client, key="b", type="markdown", task_run_id=TASK)
    an_artifact(client, key="c")
    an_artifact(client)

    said = client.post(f"{ROOT}/filter", {"artifacts": wanted})
    assert sorted(one["key"] or "-" for one in said.body) == sorted(found)
    assert client.post(f"{ROOT}/count", {"artifacts": wanted}).body == len(found)


def test_latest_versions_are_found_by_filter(client):
    an_artifact(client, key="a", type="table", flow_run_id=RUN)
    last = an_artifact(client, key="a", type="markdown")
    an_artifact(client, key="b", type="table")

    def keys(wanted):
        said = client.post(f"{ROOT}/latest/filter", {"artifacts": wanted, "sort": "KEY_ASC"}).body
        assert client.post(f"{ROOT}/latest/count", {"artifacts": wanted}).body == len(said)
        return [one["key"] for one in said]

    assert keys(None) == ["a", "b"]
    assert keys({"type": {"any_": ["table"]}}) == ["b"]
    assert keys({"flow_run_id": {"any_": [RUN]}}) == []
    assert keys({"latest_id": {"any_": [last["id"]]}}) == ["a"]
    assert keys({"key": {"like_": "b"}}) == ["b"]


@pytest.mark.parametrize("path", ["filter", "latest/filter"])
def test_pages_and_orders(client, path):
    for key in "bca":
        an_artifact(client, key=key)

    def keys(**asked):
        return "".join(one["key"] for one in client.post(f"{ROOT}/{path}", asked).body)

    assert keys() == keys(sort="ID_DESC") == keys(sort="CREATED_DESC") == keys(sort="UPDATED_DESC") == "acb"
    assert (keys(sort="KEY_ASC"), keys(sort="KEY_DESC")) == ("abc", "cba")
    assert keys(sort="KEY_ASC", limit=1, offset=1) == "b"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"key": "Not A Key"}, "key"),
        ({"key": ""}, "key"),
        ({"colour": 1}, "colour"),
        ({"metadata_": {"a": 1}}, "metadata_"),
        ({"flow_run_id": "x"}, "flow_run_id"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, body, where):
    said = client.post(f"{ROOT}/", body)

    assert said.status == 422
    assert where in said.body["exception_detail"][0]["loc"]
    assert client.post(f"{ROOT}/count").body == 0


def test_artifacts_are_found_by_the_runs_that_left_them(client):
    flow = client.post("/api/flows/", {"name": "etl"}).body
    run = client.post("/api/flow_runs/", {"name": "one", "flow_id": flow["id"]}).body
    task = client.post(
        "/api/task_runs/", {"name": "t", "task_key": "t", "dynamic_key": "0", "flow_run_id": run["id"]}
    ).body
    an_artifact(client, key="a", flow_run_id=run["id"], task_run_id=task["id"])
    an_artifact(client, key="b", flow_run_id=run["id"])
    an_artifact(client, key="c", flow_run_id=RUN)

    def keys(**asked):
        said = client.post(f"{ROOT}/filter", asked | {"sort": "KEY_ASC"}).body
        latest = client.post(f"{ROOT}/latest/filter", asked | {"sort": "KEY_ASC"}).body
        assert [one["key"] for one in latest] == [one["key"] for one in said]
        for path in ("count", "latest/count"):
            assert client.post(f"{ROOT}/{path}", asked).body == len(said)
        return "".join(one["key"] for one in said)

    assert keys(flows={"name": {"any_": ["etl"]}}) == keys(flow_runs={"id": {"any_": [run["id"]]}}) == "ab"
    assert keys(flows={"name": {"any_": ["other"]}}) == ""
    assert keys(task_runs={"name": {"any_": ["t"]}}) == "a"
    assert keys(flows={"name": {"any_": ["etl"]}}, artifacts={"key": {"any_": ["b", "c"]}}) == "b"
    assert keys(deployments={"name": {"any_": ["d"]}}) == ""
    assert keys(flows=None) == "abc"
