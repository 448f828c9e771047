"""Two kinds of blocks, one of which holds the other."""

from __future__ import annotations

ROOT = "/api/block_documents"
INNER = {
    "title": "Inner",
    "type": "object",
    "properties": {
        "secret": {"title": "Secret", "type": "string", "format": "password", "writeOnly": True},
        "plain": {"type": "string"},
    },
    "required": ["secret"],
    "block_type_slug": "inner",
    "secret_fields": ["secret"],
    "block_schema_references": {},
}
OUTER = {
    "title": "Outer",
    "type": "object",
    "properties": {
        "child": {"$ref": "#/definitions/Inner"},
        "deep": {"type": "object"},
        "many": {"type": "object"},
        "u": {"$ref": "#/definitions/Model"},
    },
    "definitions": {"Inner": INNER, "Model": {"type": "object", "properties": {"a": {"type": "integer"}}}},
    "block_type_slug": "outer",
    "secret_fields": ["child.secret", "deep.token", "many.*"],
    "block_schema_references": {
        "child": {
            "block_type_slug": "inner",
            "block_schema_checksum": "sha256:94d266a9ecf10e1c53d8248aa5a5f252ec62d5b21ffe26d603be564541eb1d1b",
        }
    },
}


def a_type(client, slug, **more):
    said = client.post("/api/block_types/", {"name": slug.title(), "slug": slug} | more)
    assert said.status == 201, said
    return said.body


def a_schema(client, block_type, fields, **more):
    said = client.post("/api/block_schemas/", {"fields": fields, "block_type_id": block_type["id"]} | more)
    assert said.status == 201, said
    return said.body


class Kinds:
    """Both kinds, registered."""

    def __init__(self, client) -> None:
        self.client = client
        self.inner, self.outer = a_type(client, "inner"), a_type(client, "outer")
        self.schemas = {
            "inner": a_schema(client, self.inner, INNER, capabilities=["read"]),
            "outer": a_schema(client, self.outer, OUTER),
        }

    def post(self, kind, name, data=None, **more):
        schema = self.schemas[kind]
        body = {"name": name, "block_type_id": schema["block_type_id"], "block_schema_id": schema["id"]}
        return self.client.post(f"{ROOT}/", body | {"data": data or {}} | more)

    def save(self, kind, name, data=None, **more):
        said = self.post(kind, name, data, **more)
        assert said.status == 201, said
        return said.body


def refers(document):
    return {"$ref": {"block_document_id": document["id"]}}
