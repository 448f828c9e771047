"""Nothing that a schema calls secret lies in the clear anywhere: not in the database, its log, or the logs."""

from __future__ import annotations

import logging

import pytest

from tests.server.client import Client
from tests.server.routes.blocks import ROOT, Kinds, refers
from tidemill.api.operations.blocks import READ_BLOCK_DOCUMENT_BY_ID
from tidemill.domain.api_keys import ApiKey
from tidemill.domain.block_data import MASK
from tidemill.domain.permissions import NOBODY
from tidemill.encryption import MissingKeyError, add_key, rotate
from tidemill.server.auth.keys import make_key
from tidemill.server.block_answers import shown
from tidemill.server.calls import Call
from tidemill.server.refusals import Refusal
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore

CANARY = "canary-4f1d-hunter2"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def test_no_file_and_no_log_has_a_secret(home, caplog):
    caplog.set_level(logging.DEBUG)
    with SqliteStore.open(home / "tidemill.db") as store:
        client = Client(store)
        kinds = Kinds(client)
        child = kinds.save("inner", "child", {"secret": CANARY})
        data = {"deep": {"token": CANARY}, "many": {"a": {"b": CANARY}, "l": [CANARY]}, "child": refers(child)}
        made = kinds.save("outer", "a", data)
        client.patch(f"{ROOT}/{made['id']}", {"data": {"deep": {"token": CANARY, "x": 1}}})
        client.patch(f"{ROOT}/{made['id']}", {"data": {"child": {"secret": CANARY}}})
        assert CANARY not in str(client.post(f"{ROOT}/filter").body)
        assert CANARY in str(client.post(f"{ROOT}/filter", {"include_secrets": True}).body)
        written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        client.close()

    written += b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"many" in written
    assert CANARY.encode() not in written
    assert CANARY not in caplog.text


@pytest.fixture
def kinds(client):
    return Kinds(client)


def revealed(client, document):
    return client.get(f"{ROOT}/{document['id']}?include_secrets=true")


def test_a_secret_that_was_copied_from_elsewhere_is_refused(client, store, kinds):
    made = kinds.save("inner", "a", {"secret": CANARY})
    other = kinds.save("inner", "b", {"secret": "mine"})
    rows = {row.place.block: row for row in store.sealed_rows("", 9)}

    assert store.reseal(rows[other["id"]], rows[made["id"]].text)
    assert not store.reseal(rows[other["id"]], "what was there is gone")
    said = revealed(client, other)
    assert said.status == 409
    assert CANARY not in str(said.body)
    assert client.get(f"{ROOT}/{other['id']}").body["data"] == {"secret": MASK}


def test_secrets_survive_another_key(client, store, kinds):
    made = kinds.save("inner", "a", {"secret": CANARY})
    ring = add_key(Settings().home)

    assert rotate(store, ring).resealed == 1
    assert store.sealing_keys() == [ring.current]
    other = Client(store)
    assert revealed(other, made).body["data"] == {"secret": CANARY}
    assert revealed(client, made).status == 503
    other.close()


def test_a_server_without_the_keys_of_its_secrets_does_not_start(client, store, kinds):
    kinds.save("inner", "a", {"secret": CANARY})

    with pytest.raises(MissingKeyError, match=r"encryption\.keys"):
        Client(store, Settings(server={"encryption_key": "ab" * 32}))


def test_secrets_are_shown_to_those_who_may_see_them(store, client, kinds):
    made = store.read_block_document(kinds.save("inner", "a", {"secret": CANARY})["id"])
    call = Call(READ_BLOCK_DOCUMENT_BY_ID, store, client.clock.now_us(), Settings(), actor=NOBODY)

    with pytest.raises(Refusal, match="secrets:read") as refused:
        shown(call, [made], include_secrets=True)
    assert refused.value.status == 403
    assert shown(call, [made], include_secrets=False)[0].data == {"secret": MASK}


@pytest.mark.parametrize(
    ("secret_fields", "status"), [([], 403), (["other"], 403), (["secret", "plain"], 204), (["*"], 204)]
)
def test_s9_who_may_not_see_secrets_cannot_make_them_plain(client, kinds, secret_fields, status):
    made = kinds.save("inner", "a", {"secret": CANARY, "plain": "p"})
    blunt = {"title": "Inner 2", "secret_fields": secret_fields, "block_type_slug": "inner"}
    schema = client.post("/api/block_schemas/", {"fields": blunt, "block_type_id": kinds.inner["id"]}).body
    key = make_key(b"k" * 40)
    scopes = ("blocks:read", "blocks:write")
    client.store.put_api_key(ApiKey(id=key.id, name="k", digest=key.digest(), scopes=scopes, created_us=1))
    bearer = {"authorization": f"Bearer {key.text()}"}

    said = client.patch(f"{ROOT}/{made['id']}", {"block_schema_id": schema["id"], "data": {}}, **bearer)

    assert said.status == status
    assert CANARY not in str(client.get(f"{ROOT}/{made['id']}", **bearer).body)
