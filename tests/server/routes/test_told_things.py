"""Events about things that are told of whole, each as a server of the field told it."""

from __future__ import annotations

import pytest

ROLE, ID, NAME = "prefect.resource.role", "prefect.resource.id", "prefect.resource.name"
AUTOMATION = {
    "name": "au",
    "trigger": {"type": "event", "expect": ["x"], "posture": "Reactive", "threshold": 1, "within": 0},
    "actions": [{"type": "do-nothing"}],
}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "p": {"type": "string", "format": "password"}},
    "secret_fields": ["p"],
}


@pytest.fixture
def ask(client):
    """Send something that goes well; a second later than what was sent before."""

    def send(method, path, body=None):
        client.clock.sleep(1)
        answer = client.request(method, f"/api{path}", body)
        assert answer.status < 300, answer.body
        return answer.body

    return send


@pytest.fixture
def told(ask):
    """Events of a kind, the oldest first: what, the name it has, what is related by role, and payload."""

    def read(kind):
        wanted = {"filter": {"event": {"prefix": [f"prefect.{kind}."]}, "order": "ASC"}, "limit": 50}
        found = []
        for event in ask("POST", "/events/filter", wanted)["events"]:
            related = {one[ROLE]: one[ID] for one in event["related"]}
            assert event["resource"][ID].startswith(f"prefect.{kind}.")
            what = event["event"].rpartition(".")[2]
            found.append((what, event["resource"][NAME], related, event["payload"]))
        return found

    return read


def test_flows(ask, told):
    flow = ask("POST", "/flows/", {"name": "f", "tags": ["a"], "labels": {"x": "y"}})
    ask("POST", "/flows/", {"name": "f"})
    ask("PATCH", f"/flows/{flow['id']}", {"tags": ["c"]})
    ask("DELETE", f"/flows/{flow['id']}")
    ask("POST", "/flows/", {"name": "g"})
    ask("POST", "/flows/bulk_delete", {"flows": {"name": {"any_": ["g"]}}})

    before, after = ({"name": "f", "tags": tags, "labels": {"x": "y"}} for tags in (["a"], ["c"]))
    other = {"name": "g", "tags": [], "labels": {}}
    assert told("flow") == [
        ("created", "f", {}, before),
        ("updated", "f", {}, after),
        ("deleted", "f", {}, after),
        ("created", "g", {}, other),
        ("deleted", "g", {}, other),
    ]


def test_variables(ask, told):
    one = ask("POST", "/variables/", {"name": "v", "value": {"a": 1}, "tags": ["t"]})
    ask("PATCH", f"/variables/{one['id']}", {"value": 2})
    ask("PATCH", "/variables/name/v", {"value": 3})
    ask("DELETE", f"/variables/{one['id']}")
    ask("POST", "/variables/", {"name": "w", "value": "s"})
    ask("DELETE", "/variables/name/w")

    values = [("created", {"a": 1}), ("updated", 2), ("updated", 3), ("deleted", 3)]
    assert told("variable") == [
        *((what, "v", {}, {"name": "v", "value": value, "tags": ["t"]}) for what, value in values),
        *((what, "w", {}, {"name": "w", "value": "s", "tags": []}) for what in ("created", "deleted")),
    ]


def test_concurrency_limits(ask, told):
    ask("POST", "/concurrency_limits/", {"tag": "t", "concurrency_limit": 3})
    ask("POST", "/concurrency_limits/", {"tag": "t", "concurrency_limit": 4})
    ask("POST", "/concurrency_limits/tag/t/reset", {})
    ask("DELETE", "/concurrency_limits/tag/t")
    limit = ask("POST", "/v2/concurrency_limits/", {"name": "g", "limit": 2})
    ask("PATCH", "/v2/concurrency_limits/g", {"limit": 5})
    ask("POST", "/v2/concurrency_limits/increment", {"names": ["g"], "slots": 1})
    ask("DELETE", f"/v2/concurrency_limits/{limit['id']}")

    expected = [("created", "tag:t", 3), ("updated", "tag:t", 4), ("deleted", "tag:t", 4)]
    expected += [("created", "g", 2), ("updated", "g", 5), ("deleted", "g", 5)]
    assert told("concurrency-limit") == [
        (what, name, {}, {"name": name, "limit": slots, "active": True, "slot_decay_per_second": 0.0})
        for what, name, slots in expected
    ]


def test_blocks_and_their_types(ask, told):
    kind = ask("POST", "/block_types/", {"name": "BT", "slug": "bt", "description": "d"})
    ask("PATCH", f"/block_types/{kind['id']}", {"description": "e"})
    said = {"fields": SCHEMA, "block_type_id": kind["id"], "capabilities": ["c"], "version": "1"}
    schema = ask("POST", "/block_schemas/", said)
    of_type = {"block_schema_id": schema["id"], "block_type_id": kind["id"]}
    block = ask("POST", "/block_documents/", {"name": "one", "data": {"a": "x", "p": "hush"}} | of_type)
    ask("PATCH", f"/block_documents/{block['id']}", {"data": {"a": "y"}})
    ask("DELETE", f"/block_documents/{block['id']}")
    nameless = ask("POST", "/block_documents/", {"is_anonymous": True, "data": {"a": "x"}} | of_type)
    ask("DELETE", f"/block_documents/{nameless['id']}")
    ask("DELETE", f"/block_types/{kind['id']}")

    related = {"block-type": f"prefect.block-type.{kind['id']}", "block-schema": f"prefect.block-schema.{schema['id']}"}
    of_schema = {"capabilities": ["c"], "block_type": {"id": kind["id"], "name": "BT"}}
    assert told("block-document") == [
        (what, "one", related, {"name": "one", "data": {"a": value}, "block_schema": of_schema})
        for what, value in (("created", "x"), ("updated", "y"), ("deleted", "y"))
    ]
    none = dict.fromkeys(("logo_url", "documentation_url", "code_example"))
    assert told("block-type") == [
        (what, "BT", {}, {"name": "BT", "slug": "bt", "description": text, "is_protected": False} | none)
        for what, text in (("created", "d"), ("updated", "e"), ("deleted", "e"))
    ]


def test_keys_of_artifacts(ask, told):
    run = "4d8d8d7e-3c3f-4a59-9b0b-6e4a7a3a1c11"
    first = ask("POST", "/artifacts/", {"key": "k", "type": "markdown", "data": "x", "description": "de"})
    second = ask("POST", "/artifacts/", {"key": "k", "type": "markdown", "data": "y" * 200_000, "task_run_id": run})
    ask("POST", "/artifacts/", {"type": "result", "data": "x"})
    ask("PATCH", f"/artifacts/{first['id']}", {"data": "z"})
    ask("DELETE", f"/artifacts/{second['id']}")
    third = ask("POST", "/artifacts/", {"key": "k", "data": 1})
    ask("DELETE", f"/artifacts/{first['id']}")
    ask("DELETE", f"/artifacts/{third['id']}")

    def said(kind, data, description=None):
        return {"key": "k", "type": kind, "data": data, "description": description}

    def latest(artifact):
        return {"latest": f"prefect.artifact.{artifact['id']}"}

    assert told("artifact-collection") == [
        ("created", "k", latest(first), said("markdown", "x", "de")),
        ("updated", "k", latest(second) | {"task-run": f"prefect.task-run.{run}"}, said("markdown", None)),
        ("updated", "k", latest(first), said("markdown", "z", "de")),
        ("updated", "k", latest(third), said(None, 1)),
        ("deleted", "k", latest(third), said(None, 1)),
    ]


def test_automations(ask, told):
    one = ask("POST", "/automations/", AUTOMATION)
    ask("PATCH", f"/automations/{one['id']}", {"enabled": False})
    changed = ask("GET", f"/automations/{one['id']}")
    ask("DELETE", f"/automations/{one['id']}")

    assert told("automation") == [
        ("created", "au", {}, one),
        ("updated", "au", {}, changed),
        ("deleted", "au", {}, changed),
    ]
