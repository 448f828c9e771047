"""Values by schema over REST."""

from __future__ import annotations

import pytest

from tidemill.domain.api_keys import ApiKey
from tidemill.server.auth.keys import make_key

SCHEMA = {
    "type": "object",
    "properties": {
        "x": {"type": "integer"},
        "y": {"type": "object", "properties": {"z": {"type": "string"}}},
        "l": {"type": "array", "items": {"type": "integer"}},
    },
}


def check(client, values, schema=SCHEMA):
    return client.post("/api/ui/schemas/validate", {"schema": schema, "values": values})


def at(name, *errors):
    return {"property": name, "errors": list(errors)}


def test_values_that_fit(client):
    assert check(client, {"x": 1, "y": {"z": "a"}, "l": [], "x2": 0}).body == {"valid": True, "errors": []}
    assert check(client, {"x": None}).body["valid"] is True


def test_what_is_wrong_stands_under_its_field(client):
    said = check(client, {"x": "a", "y": {"z": 1}, "l": [1, "b"]}, SCHEMA | {"required": ["w"]}).body

    assert said["valid"] is False
    assert at("w", "'w' is a required property") in said["errors"]
    assert at("x", "'a' is not of type 'integer'") in said["errors"]
    assert at("y", at("z", "1 is not of type 'string'")) in said["errors"]
    assert at("l", {"index": 1, "errors": ["'b' is not of type 'integer'"]}) in said["errors"]


def test_what_stands_for_a_value(client):
    client.post("/api/variables/", {"name": "seven", "value": 7})

    def errors(**said):
        return check(client, {"x": said}).body["errors"]

    assert errors(__prefect_kind="json", value="3") == []
    assert errors(__prefect_kind="json", value='"a"') == [at("x", "'a' is not of type 'integer'")]
    assert errors(__prefect_kind="json", value="{")[0]["errors"][0].startswith("Invalid JSON")
    assert errors(__prefect_kind="workspace_variable", variable_name="seven") == []
    assert errors(__prefect_kind="workspace_variable", variable_name="x")[0]["errors"][0].startswith("Variable 'x'")
    assert errors(__prefect_kind="jinja", template="{{ a }}") == []
    assert errors(__prefect_kind="none", value=1.5) == [at("x", "1.5 is not of type 'integer'")]


def test_a_variable_stands_for_a_value_where_it_may_be_read(client):
    client.post("/api/variables/", {"name": "seven", "value": 7})
    key = make_key(b"k" * 40)
    client.store.put_api_key(ApiKey(id=key.id, name="k", digest=key.digest(), scopes=("ui:read",), created_us=1))
    values = {"x": {"__prefect_kind": "workspace_variable", "variable_name": "seven"}}
    asked = {"schema": {"properties": {"x": {"type": "string"}}}, "values": values}

    said = client.post("/api/ui/schemas/validate", asked, authorization=f"Bearer {key.text()}")

    assert said.body["errors"] == [at("x", "Variable 'seven' not found in workspace.")]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "wrong"},
        {"$ref": "http://127.0.0.1:9/x"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"properties": 1},
    ],
)
def test_what_is_no_schema_is_refused(client, schema):
    said = check(client, {"x": 1}, schema)

    assert said.status == 422
    assert said.body["detail"].startswith("Invalid schema")


def test_s17_a_pattern_that_others_never_come_to_an_end_with_is_looked_at(client):
    schema = {"properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}}

    assert check(client, {"x": "a" * 5_000 + "!"}, schema).body["valid"] is False
    assert check(client, {"x": "a" * 5_000}, schema).body["valid"] is True


def test_deep_values_are_refused(client):
    values = {"x": 1}
    for _ in range(400):
        values = {"x": values}

    assert check(client, values).status == 422
    assert check(client, 1).status == 422
