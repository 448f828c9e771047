"""The API describes itself."""

from __future__ import annotations

import json


def test_the_document_lists_what_is_served_and_nothing_else(client):
    document = client.get("/openapi.json").body

    assert document["openapi"].startswith("3.1")
    assert "/api/variables/" in document["paths"]
    assert client.get("/api/openapi.json").body == document
    references = json.dumps(document).split('"$ref": "#/components/schemas/')[1:]
    assert {reference.split('"')[0] for reference in references} <= document["components"]["schemas"].keys()


def test_people_find_every_operation_on_the_docs_page(client):
    said = client.get("/docs")

    assert said.headers["content-type"] == "text/html; charset=utf-8"
    for path in client.get("/openapi.json").body["paths"]:
        assert path.encode() in said.body
    assert b"<script" not in said.body
    assert client.get("/").body == said.body  # who opens the server in a browser
