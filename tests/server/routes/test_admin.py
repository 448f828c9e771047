"""What the server says of itself."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.server.client import Client
from tests.server.routes.blocks import a_schema, a_type
from tidemill import __version__
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/admin/version", "3.8.8"),
        ("/version", "0.8.4"),
        ("/tm/version", __version__),
        ("/hello", "👋"),
        ("/health", True),
        ("/ready", {"message": "OK"}),
    ],
)
def test_what_is_asked_first(client, path, said):
    answered = client.get(f"/api{path}")

    assert (answered.status, answered.body) == (200, said)


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_server_whose_database_is_gone_says_so(path):
    store = SqliteStore.in_memory()
    client = Client(store)
    store.close()
    said = client.get(f"/api{path}")
    client.close()

    assert said.status == 503
    assert "database does not answer" in str(said.body)


def test_settings_are_shown_without_secrets(store):
    client = Client(store, Settings(api={"key": "canary"}, server={"api": {"port": 4321}}))
    said = client.get("/api/admin/settings")
    client.close()

    assert said.body["server"]["api"]["port"] == 4321
    assert "canary" not in str(said.body)
    assert set(said.body["api"]["key"]) == {"*"}


def test_where_results_are_kept_by_default(client):
    def body(id_):
        return {"default_result_storage_block_id": id_}

    storing = a_schema(client, a_type(client, "disk"), {"title": "a"}, capabilities=["read-path", "write-path"])
    other = a_schema(client, a_type(client, "other"), {"title": "b"}, capabilities=["read-path"])
    disk, unfit = (
        client.post(
            "/api/block_documents/",
            {"name": "a", "block_type_id": schema["block_type_id"], "block_schema_id": schema["id"], "data": {}},
        ).body["id"]
        for schema in (storing, other)
    )
    path = "/api/admin/storage"

    assert client.get(path).body == body(None)
    assert client.put(path, body(disk)).body == client.get(path).body == body(disk)
    assert client.put(path, body(str(uuid4()))).status == 404
    said = client.put(path, body(unfit))
    assert said.status == 422
    assert "lacks write-path" in said.body["detail"]
    assert client.get(path).body == body(disk)
    client.delete(f"/api/block_documents/{disk}")
    assert client.get(path).body == body(None)
    assert client.delete(path).status == 204
    assert client.put(path, {}).status == 422


def test_tokens_are_made_where_they_are_needed(client, store):
    said = client.get("/api/csrf-token?client=me")
    assert said.status == 422
    assert said.body["detail"].startswith("CSRF protection is disabled."), "clients look for these words"
    guarded = Client(store, Settings(server={"api": {"csrf_protection_enabled": True}}))
    made = guarded.get("/api/csrf-token?client=me").body
    headers = {"Prefect-Csrf-Token": made["token"], "Prefect-Csrf-Client": "me"}

    assert guarded.post("/api/variables/", {"name": "a", "value": 1}).status == 403
    assert guarded.post("/api/variables/", {"name": "a", "value": 1}, **headers).status == 201
    assert made["expiration"] > made["created"]
    assert guarded.get("/api/csrf-token").status == 422
    guarded.close()


def test_views_of_what_the_server_brings(client):
    view = "/api/collections/views"

    blocks = client.get(f"{view}/aggregate-block-metadata").body
    assert "secret" in blocks["tidemill"]["block_types"]
    workers = client.get(f"{view}/aggregate-worker-metadata").body
    assert "job_configuration" in workers["tidemill"]["process"]["default_base_job_configuration"]
    assert client.get(f"{view}/aggregate-flow-metadata").body == {}
    said = client.get(f"{view}/aggregate-blocks-metadata")
    assert said.status == 404
    assert "did you mean 'aggregate-block-metadata'" in said.body["detail"]
