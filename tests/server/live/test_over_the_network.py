"""Sockets and streams through a real server, and a real client."""

from __future__ import annotations

import json
from contextlib import contextmanager
from threading import Event, Thread
from urllib.request import urlopen

import pytest
import uvicorn
from websockets.sync.client import connect

from tests.postgres import empty_database
from tests.store.conformance.story import Story, an_id, ended, started
from tidemill.server.app import App
from tidemill.server.running import configured, keeping_of
from tidemill.settings import Settings
from tidemill.store.postgres.store import PostgresStore
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock
from tidemill.wire.events import EventFilter, EventNameFilter

from .test_events_in import event


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config):
        super().__init__(config)
        self.up = Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.up.set()

    @property
    def address(self):
        host, port = self.servers[0].sockets[0].getsockname()
        return f"{host}:{port}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "tidemill.db"


@contextmanager
def served(store):
    settings = Settings()
    app = App(store, SystemClock(), settings, keeping_of(settings, store, host="127.0.0.1"))
    server = _Server(configured(app, settings, "127.0.0.1", 0))
    thread = Thread(target=server.run)
    thread.start()
    assert server.up.wait(30)
    yield server.address
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def address(path):
    with SqliteStore.open(path) as store, served(store) as address:
        yield address


@pytest.fixture
def two_addresses():
    """Two replicas of one database."""
    url = empty_database()
    with (
        PostgresStore.open(url) as one,
        PostgresStore.open(url) as other,
        served(one) as here,
        served(other) as there,
    ):
        yield here, there


def greeted(socket):
    socket.send(json.dumps({"type": "auth", "token": None}))
    assert json.loads(socket.recv(20)) == {"type": "auth_success"}
    return socket


def test_what_one_client_tells_another_hears(address):
    it_is_heard(address, address)


def test_what_is_told_to_one_replica_is_heard_at_the_other(two_addresses):
    it_is_heard(*two_addresses)


def it_is_heard(here, there):
    """What is told at one address is heard at the other."""
    with (
        connect(f"ws://{there}/api/events/out", subprotocols=["prefect"]) as hearing,
        connect(f"ws://{here}/api/events/in", subprotocols=["prefect"]) as telling,
    ):
        greeted(hearing).send(json.dumps({"type": "filter", "filter": {}, "backfill": False}))
        greeted(telling)
        heard = None
        for place in range(200):  # what is told before the other side follows is not sent
            telling.send(json.dumps(event(f"n.{place}")))
            try:
                heard = json.loads(hearing.recv(0.1 if heard is None else 20))
                break
            except TimeoutError:
                continue

    assert heard["type"] == "event"
    assert heard["event"]["event"].startswith("n.")


def test_what_another_process_writes_to_the_file_is_streamed(address, path):
    with urlopen(f"http://{address}/api/tm/live/stream?topics=task-runs&last_event_id=0", timeout=20) as stream:
        with SqliteStore.open(path) as elsewhere:
            story = Story(elsewhere)
            run = story.running()
            story.tell(started(run), ended(run))
        heard = []
        while len(heard) < 2:
            line = stream.readline().decode().strip()
            if line.startswith("data: "):
                heard.append(json.loads(line.removeprefix("data: ")))

    assert [one["event"] for one in heard] == ["prefect.task-run.Running", "prefect.task-run.Completed"]
    assert heard[0]["resource"]["prefect.resource.id"] == f"prefect.task-run.{an_id('task')}"


@pytest.fixture
def telling(address):
    with connect(f"ws://{address}/api/events/in", subprotocols=["prefect"]) as socket:
        yield greeted(socket)


@contextmanager
def nobody_else_writes(path):
    with SqliteStore.open(path) as store, store.together():
        Story(store).running()
        yield


def is_told(path):
    with SqliteStore.open(path) as store:
        found, _ = store.find_events(EventFilter(event=EventNameFilter(name=["told"])), limit=10)
        return len(found) == 1


def test_a_pong_means_that_all_before_the_ping_is_in_the_store(address, path, telling):
    """Existing clients forget what they told when it comes."""
    with nobody_else_writes(path):
        telling.send(json.dumps(event("told")))
        pong = telling.ping()
        with urlopen(f"http://{address}/api/hello", timeout=20):
            assert not pong.is_set()
    assert pong.wait(20)

    assert is_told(path)


def test_a_farewell_is_answered_when_all_that_was_told_is_in_the_store(address, path, telling):
    with nobody_else_writes(path):
        telling.send(json.dumps(event("told")))
        leaving = Thread(target=telling.close)
        leaving.start()
        with urlopen(f"http://{address}/api/hello", timeout=20):
            assert leaving.is_alive()
    leaving.join(20)

    assert is_told(path)
    assert telling.close_code == 1000
