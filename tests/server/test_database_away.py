"""F20: the database is away for a while: 503 with Retry-After, then all is well."""

from __future__ import annotations

import pytest

from tests.postgres import a_server_to_stop, stop
from tests.server.client import Client
from tidemill.store.postgres.store import PostgresStore


@pytest.fixture
def server():
    with a_server_to_stop() as server:
        yield server


@pytest.mark.machine
def test_f20_a_server_outlives_its_database(server):
    with PostgresStore.open(server.get_uri()) as store:
        client = Client(store)
        kept = client.post("/api/flows/", {"name": "kept"}).body

        stop(server, "fast")
        written = client.post("/api/flows/", {"name": "lost"}, **{"Tidemill-Request-Id": "1"})
        read = client.get(f"/api/flows/{kept['id']}")
        ready = client.get("/api/ready")
        server.ensure_postgres_running()

        assert (written.status, written.headers["retry-after"]) == (503, "2")
        assert (read.status, read.headers["retry-after"]) == (503, "2")
        assert ready.status == 503
        assert client.get(f"/api/flows/{kept['id']}").body == kept
        assert client.post("/api/flows/", {"name": "lost"}, **{"Tidemill-Request-Id": "1"}).status == 201
        assert client.get("/api/ready").status == 200
        client.close()
