"""A request that comes again, since its answer was lost, is answered as before and done once."""

from __future__ import annotations

from tests.server.client import Client
from tidemill.domain.api_keys import ApiKey
from tidemill.server.auth.keys import make_key
from tidemill.settings import Settings

AGAIN = {"Tidemill-Request-Id": "4d1c"}


def test_what_was_done_under_an_id_is_not_done_again(client):
    first = client.post("/api/variables/", {"name": "a", "value": 1}, **AGAIN)

    second = client.post("/api/variables/", {"name": "a", "value": 1}, **AGAIN)

    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert client.post("/api/variables/count").body == 1


def test_a_removal_is_repeated_without_complaint(client):
    made = client.post("/api/variables/", {"name": "a", "value": 1}).body

    assert client.delete(f"/api/variables/{made['id']}", **AGAIN).status == 204
    assert client.delete(f"/api/variables/{made['id']}", **AGAIN).status == 204
    assert client.delete(f"/api/variables/{made['id']}").status == 404


def test_what_was_refused_may_succeed_when_it_comes_again(client):
    client.post("/api/variables/", {"name": "a", "value": 1})
    assert client.post("/api/variables/", {"name": "a", "value": 2}, **AGAIN).status == 409
    client.delete("/api/variables/name/a")

    assert client.post("/api/variables/", {"name": "a", "value": 2}, **AGAIN).status == 201


def test_an_id_belongs_to_one_operation(client):
    client.post("/api/variables/", {"name": "a", "value": 1}, **AGAIN)

    said = client.delete("/api/variables/name/a", **AGAIN)

    assert said.status == 422
    assert client.post("/api/variables/count").body == 1


def test_an_id_belongs_to_one_thing(client):
    for name in ("a", "b"):
        client.post("/api/variables/", {"name": name, "value": 1})
    client.delete("/api/variables/name/a", **AGAIN)

    said = client.delete("/api/variables/name/b", **AGAIN)

    assert said.status == 422
    assert client.post("/api/variables/count").body == 1


def test_an_answer_is_for_who_asked(store):
    client = Client(store, Settings(server={"api": {"auth_string": "user:password"}}))
    key = make_key(b"k" * 40)
    store.put_api_key(ApiKey(id=key.id, name="k", digest=key.digest(), scopes=("variables:write",), created_us=1))
    mine, theirs = ({"authorization": f"Bearer {who}"} for who in ("user:password", key.text()))

    made = client.post("/api/variables/", {"name": "a", "value": "for me"}, **AGAIN, **mine)
    said = client.post("/api/variables/", {"name": "a", "value": "for me"}, **AGAIN, **theirs)

    client.close()
    assert (made.status, said.status) == (201, 422)
    assert "for me" not in str(said.body)
