"""Blocks over REST."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.server.routes.blocks import ROOT, Kinds, refers
from tests.server.routes.runs import where
from tidemill.domain.block_data import MASK


@pytest.fixture
def kinds(client):
    return Kinds(client)


def data_of(client, document, *, secrets=True):
    return client.get(f"{ROOT}/{document['id']}{'?include_secrets=true' if secrets else ''}").body["data"]


def change(client, document, data, **more):
    return client.patch(f"{ROOT}/{document['id']}", {"data": data} | more)


def test_a_block_is_saved_read_and_deleted(client, kinds):
    made = kinds.save("inner", "db", {"secret": "hunter2", "plain": "x"})

    assert made["data"] == {"secret": MASK, "plain": "x"}
    assert made["block_schema"] == kinds.schemas["inner"]
    assert (made["block_type"], made["block_type_name"]) == (kinds.inner, "Inner")
    assert client.get(f"{ROOT}/{made['id']}").body == made
    assert data_of(client, made) == {"secret": "hunter2", "plain": "x"}
    by_name = "/api/block_types/slug/inner/block_documents/name/db"
    assert client.get(by_name).body == made
    assert client.get(f"{by_name}?include_secrets=true").body["data"]["secret"] == "hunter2"
    assert client.delete(f"{ROOT}/{made['id']}").status == 204
    assert client.get(by_name).status == 404
    assert [client.request(m, f"{ROOT}/{made['id']}", {}).status for m in ("GET", "PATCH", "DELETE")] == [404] * 3


def test_names(client, kinds):
    kinds.save("inner", "db")

    assert kinds.post("inner", "db").status == 409
    assert kinds.post("outer", "db").status == 201
    for name in ("a/b", "A", "a_b", "a b"):
        assert where(kinds.post("inner", name)) == [["body", "name"]]
    assert kinds.post("inner", None).status == 422
    assert kinds.save("inner", None, is_anonymous=True)["name"].startswith("anonymous-")


def test_a_block_is_of_a_type_and_one_of_its_schemas(client, kinds):
    assert kinds.post("inner", "a", block_type_id=kinds.outer["id"]).status == 400
    assert kinds.post("inner", "a", block_type_id=str(uuid4())).status == 404
    assert kinds.post("inner", "a", block_schema_id=str(uuid4())).status == 404


def test_blocks_within_blocks(client, kinds):
    child = kinds.save("inner", "child", {"secret": "s", "plain": "p"})
    parent = kinds.save("outer", "parent", {"child": refers(child), "deep": {"token": "t", "x": [1]}})
    top = kinds.save("outer", "top", {"child": refers(parent)})

    assert parent["data"] == {"child": {"secret": MASK, "plain": "p"}, "deep": {"token": MASK, "x": [1]}}
    referred = parent["block_document_references"]["child"]["block_document"]
    assert referred == {
        "id": child["id"],
        "name": "child",
        "block_type": kinds.inner,
        "is_anonymous": False,
        "block_document_references": {},
    }
    assert data_of(client, top)["child"]["child"]["secret"] == "s"
    within = top["block_document_references"]["child"]["block_document"]["block_document_references"]
    assert within["child"]["block_document"]["id"] == child["id"]
    client.delete(f"{ROOT}/{child['id']}")
    assert data_of(client, parent) == {"deep": {"token": "t", "x": [1]}}


def test_references_that_lead_nowhere_or_back_are_refused(client, kinds):
    a = kinds.save("outer", "a")
    b = kinds.save("outer", "b", {"child": refers(a)})

    assert change(client, a, {"child": refers(a)}).status == 400
    assert change(client, a, {"child": refers(b)}).status == 400
    assert change(client, a, {"child": {"$ref": {"block_document_id": str(uuid4())}}}).status == 400
    assert change(client, a, {"child": {"$ref": {}}}).status == 400
    assert change(client, a, {"child": {"$ref": 1}}).status == 400
    assert change(client, a, {"child": {"$ref": {"block_document_id": "x"}}}).status == 400
    assert data_of(client, b) == {"child": {}}


def test_some_of_the_data_is_changed(client, kinds):
    child = kinds.save("inner", "child", {"secret": "s"})
    made = kinds.save("outer", "a", {"deep": {"token": "t", "x": 1}, "many": {"a": "1"}, "child": refers(child)})

    assert change(client, made, {"deep": {"token": MASK, "x": 2}}).status == 204
    assert data_of(client, made) == {"deep": {"token": "t", "x": 2}, "many": {"a": "1"}, "child": {"secret": "s"}}
    change(client, made, {"child": {"secret": "own"}})
    assert data_of(client, made)["child"] == {"secret": "own"}
    assert data_of(client, made, secrets=False)["child"] == {"secret": MASK}
    assert client.get(f"{ROOT}/{made['id']}").body["block_document_references"] == {}


def test_all_of_the_data_is_changed(client, kinds):
    made = kinds.save("outer", "a", {"deep": {"token": "t"}, "many": {"a": "1", "b": "2"}})
    change(client, made, {"many": {"a": MASK, "c": "3"}}, merge_existing_data=False)

    assert data_of(client, made) == {"many": {"a": "1", "c": "3"}}
    change(client, made, {}, merge_existing_data=False)
    assert data_of(client, made) == {}


def test_a_block_may_change_its_schema_but_not_its_type(client, kinds):
    made = kinds.save("inner", "a", {"secret": "s"})
    newer = {"title": "Inner 2", "secret_fields": ["secret", "plain"], "block_type_slug": "inner"}
    said = client.post("/api/block_schemas/", {"fields": newer, "block_type_id": kinds.inner["id"]}).body

    assert change(client, made, {"plain": "p"}, block_schema_id=kinds.schemas["outer"]["id"]).status == 400
    assert change(client, made, {"plain": "p"}, block_schema_id=said["id"]).status == 204
    assert data_of(client, made, secrets=False) == {"secret": MASK, "plain": MASK}
    assert data_of(client, made) == {"secret": "s", "plain": "p"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["a", "b", "c"]),
        ({"block_documents": {"name": {"like_": "B"}}}, ["b"]),
        ({"block_documents": {"name": {"any_": ["a", "c"]}, "is_anonymous": {"eq_": False}}}, ["a", "c"]),
        ({"block_documents": {"is_anonymous": None}}, ["a", "b", "c", "hidden"]),
        ({"block_documents": {"is_anonymous": {"eq_": True}}}, ["hidden"]),
        ({"block_types": {"slug": {"any_": ["outer"]}}}, ["c"]),
        ({"block_schemas": {"block_capabilities": {"all_": ["read"]}}}, ["a", "b"]),
        ({"sort": "NAME_DESC"}, ["c", "b", "a"]),
        ({"sort": "BLOCK_TYPE_AND_NAME_ASC"}, ["a", "b", "c"]),
        ({"limit": 1, "offset": 1}, ["b"]),
    ],
)
def test_blocks_are_found_by_filter(client, kinds, asked, found):
    for kind, name in (("inner", "a"), ("inner", "b"), ("outer", "c")):
        kinds.save(kind, name)
    kinds.save("inner", "hidden", is_anonymous=True)

    assert [one["name"] for one in client.post(f"{ROOT}/filter", asked).body] == found
    if "limit" not in asked:
        counted = {key: value for key, value in asked.items() if key.startswith("block_")}
        assert client.post(f"{ROOT}/count", counted).body == len(found)


def test_the_blocks_of_a_type(client, kinds):
    kinds.save("inner", "a", {"secret": "s"})
    kinds.save("inner", "hidden", is_anonymous=True)
    kinds.save("outer", "b")

    (found,) = client.get("/api/block_types/slug/inner/block_documents?include_secrets=true").body
    assert (found["name"], found["data"]) == ("a", {"secret": "s"})
    assert client.get("/api/block_types/slug/nothing/block_documents").status == 404
    (asked,) = client.post(
        f"{ROOT}/filter", {"block_types": {"slug": {"any_": ["inner"]}}, "include_secrets": True}
    ).body
    assert asked["data"] == {"secret": "s"}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"data": 1}, "data"),
        ({"merge_existing_data": "maybe"}, "merge_existing_data"),
        ({"name": "other"}, "name"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, kinds, body, where):
    made = kinds.save("inner", "a")
    said = client.patch(f"{ROOT}/{made['id']}", body)

    assert said.status == 422
    assert where in said.body["exception_detail"][0]["loc"]
