"""From an address to what is there."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/api/variables/", "/api/variables"])
def test_a_slash_at_the_end_matters_to_nobody(client, path):
    made = client.post(path, {"name": "a", "value": 1})

    assert made.status == 201
    assert client.get(f"/api/variables/{made.body['id']}").body == made.body
    assert client.get(f"/api/variables/{made.body['id']}/").body == made.body
    assert client.get("/api/health/").status == 200
    assert client.delete(path).status == 405


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api//", "/api/variables//", "/api/variable", "/api/variables/name/"]
)
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path).status in (404, 422)
