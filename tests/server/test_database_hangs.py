"""A database that does not answer holds up those who wait for it, and nobody else."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from threading import Event

import pytest

from tests.postgres import empty_store, same_database
from tests.server.client import Client
from tests.server.http.talk import Talk
from tests.server.live.talking import Peer
from tests.serving import serving
from tidemill.domain.api_keys import ApiKey
from tidemill.server.auth.keys import make_key
from tidemill.server.work import Work
from tidemill.store.errors import StoreBusyError
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import JumpingClock, SystemClock

HELLO = "GET /api/hello HTTP/1.1"


@pytest.fixture
def store():
    return empty_store()


@contextmanager
def held(*tables: str):
    """Nobody reads these tables within it."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(same_database()) as connection:
        for table in tables:
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


def key_in(store, number: int) -> str:
    key = make_key(bytes(range(number, number + 40)))
    store.put_api_key(ApiKey(id=key.id, name="k", digest=key.digest(), scopes=("admin",), created_us=1))
    return key.text()


def test_who_is_known_is_answered_while_another_key_is_looked_up(store):
    known, other = key_in(store, 1), key_in(store, 2)
    with serving(store, clock=JumpingClock()) as url, Talk(url) as first, Talk(url) as second:
        first.say(HELLO, f"Authorization: Bearer {known}")
        assert first.hear().status == 200
        with held("api_key"):
            second.say("POST /api/flows/ HTTP/1.1", f"Authorization: Bearer {other}", "Content-Length: 13")
            second.send(b'{"name": "a')
            second.say('"}' + HELLO, f"Authorization: Bearer {other}", "Connection: close")

            first.say(HELLO, f"Authorization: Bearer {known}")
            assert first.hear().status == 200
            assert not second.waits(0)

        assert (second.hear().status, second.hear().status) == (201, 200)


def test_a_socket_whose_key_is_looked_up_holds_up_nobody(store):
    known, other = key_in(store, 1), key_in(store, 2)
    client = Client(store)
    assert client.get("/api/hello", authorization=f"Bearer {known}").status == 200
    with Peer(client, "/events/out") as peer:
        peer.next()
        with held("api_key"):
            peer.say({"type": "auth", "token": other})

            assert client.get("/api/hello", authorization=f"Bearer {known}").status == 200
        assert peer.hear() == {"type": "auth_success"}
    client.close()


def test_long_questions_do_not_hold_up_health(store):
    with serving(store) as url, Talk(url) as one, Talk(url) as other, Talk(url) as third:
        with held("flow"):
            for each in (one, other):
                each.say("POST /api/flows/filter HTTP/1.1", "Content-Length: 2", body=b"{}")

            third.say("GET /api/health HTTP/1.1")
            assert third.hear().status == 200

        assert (one.hear().status, other.hear().status) == (200, 200)


def test_who_waits_for_a_small_question_is_told_in_time():
    ended = Event()

    async def ask(store):
        work = Work(store, SystemClock(), prompt_seconds=0.01)
        hangs, behind = work.promptly(lambda: ended.wait(30)), work.promptly(lambda: "answered")
        for each in (hangs, behind):
            with pytest.raises(StoreBusyError, match="did not answer within"):
                await each
        ended.set()
        await asyncio.to_thread(work.close)

    with SqliteStore.in_memory() as store:
        asyncio.run(ask(store))
