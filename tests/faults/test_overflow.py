"""Those who are too slow, and those who are too fast (F21): nothing is dropped, and no queue grows.

Who reads slowly is read to no faster: it is late, and a page at most is held for it. Who tells more than can be written
down is not listened to meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from uuid import uuid4

import msgspec
import pytest
import uvicorn
from websockets.sync.client import connect

from tests.server.client import Client
from tests.server.live.talking import Peer
from tests.server.live.test_events_in import event, task_run_event
from tests.store.conformance.backends import BACKENDS
from tests.store.conformance.story import Story, an_id
from tidemill.server.app import App
from tidemill.server.live.events_in import MOST_BYTES, MOST_WAITING
from tidemill.server.running import configured, keeping_of
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock
from tidemill.wire.events import EventFilter, ToldEvent
from tidemill.wire.logs import LogCreate

pytestmark = pytest.mark.faults

#: What is told to who does not read, and how many bytes of it may wait for one of them.
MESSAGES, SIZE = 200, 100_000
MOST_HELD = 1 << 19
#: What is being written, and what was just received, beside what waits.
_TAKEN_AT_ONCE = 2
_PATIENCE = 30
_WHEN = "2026-01-01T00:00:00Z"
SETTINGS = Settings(server={"logs": {"stream_out_enabled": True}})


class _Server(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.up = Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.up.set()

    def held(self):
        """How many bytes wait for those who do not read."""
        connections = list(self.server_state.connections)  # sockets', and our own
        transports = [each.transport if hasattr(each, "transport") else each._transport for each in connections]
        return max((each.get_write_buffer_size() for each in transports if not each.is_closing()), default=0)


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "tidemill.db") as store:
        yield store


@pytest.fixture
def server(store):
    app = App(store, SystemClock(), SETTINGS, keeping_of(SETTINGS, store, host="127.0.0.1"))
    server = _Server(configured(app, SETTINGS, "127.0.0.1", 0))
    thread = Thread(target=server.run)
    thread.start()
    assert server.up.wait(30)
    yield server
    server.should_exit = True
    thread.join(30)


def narrow(server):
    """A connection to the server that takes little before it is read from."""
    host, port = server.servers[0].sockets[0].getsockname()
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect((host, port))
    return made, f"{host}:{port}"


@contextmanager
def socket_of(server, path, kind, tell):
    """What hears one thing after the other; it has heard the first already."""
    made, address = narrow(server)
    where = f"ws://{address}/api{path}"
    with connect(where, sock=made, subprotocols=["prefect"], max_queue=1, compression=None) as peer:
        peer.send(json.dumps({"type": "auth", "token": None}))
        assert json.loads(peer.recv(_PATIENCE)) == {"type": "auth_success"}
        peer.send(json.dumps({"type": "filter", "filter": {}, "backfill": False}))
        while True:  # what is told before it follows, it does not hear
            tell("early")
            try:
                peer.recv(0.1)
                break
            except TimeoutError:
                continue
        yield lambda: json.loads(peer.recv(_PATIENCE))[kind]


@contextmanager
def stream_of(server, topic):
    """Likewise; it follows."""
    made, address = narrow(server)
    made.settimeout(_PATIENCE)
    made.sendall(f"GET /api/tm/live/stream?topics={topic} HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
    with made, made.makefile("rb") as file:

        def next_that_begins(with_what):
            while not (line := file.readline()).startswith(with_what):
                assert line
            return line.removeprefix(with_what)

        next_that_begins(b"id: ")
        yield lambda: json.loads(next_that_begins(b"data: "))


def tell_event(store, name):
    body = {"event": name, "id": str(uuid4()), "occurred": _WHEN, "resource": {"prefect.resource.id": "x"}}
    payload = msgspec.Raw(msgspec.json.encode({"said": "x" * SIZE}))
    store.take_events([msgspec.convert(body | {"payload": payload}, ToldEvent)], SystemClock().now_us())


def write_line(store, name):
    line = {"name": name, "level": 20, "message": "x" * SIZE, "timestamp": _WHEN}
    store.write_logs([msgspec.convert(line, LogCreate)])


FOLLOWERS = {
    "events out": (lambda server, tell: socket_of(server, "/events/out", "event", tell), tell_event, "event"),
    "logs out": (lambda server, tell: socket_of(server, "/logs/out", "log", tell), write_line, "name"),
    "events streamed": (lambda server, _: stream_of(server, "events"), tell_event, "event"),
    "logs streamed": (lambda server, _: stream_of(server, "logs"), write_line, "name"),
}


@pytest.mark.parametrize(
    "follower",
    [
        "events out",
        "logs streamed",
        *(pytest.param(follower, marks=pytest.mark.thorough) for follower in ("logs out", "events streamed")),
    ],
)
def test_F21_who_reads_slowly_is_late_misses_nothing_and_holds_up_nobody(server, store, follower):
    follow, put, name = FOLLOWERS[follower]
    tell = partial(put, store)
    with follow(server, tell) as hear_slowly, follow(server, tell) as hear:
        held = []
        for place in range(MESSAGES):
            tell(f"n.{place}")
            held.append(server.held())
        fast = heard_to_the_end(hear, name)
        held.append(server.held())
        slow = heard_to_the_end(hear_slowly, name)

    assert fast == slow == [f"n.{place}" for place in range(MESSAGES)]
    assert max(held) < MOST_HELD


def heard_to_the_end(hear, name):
    heard = []
    while not heard or heard[-1] != f"n.{MESSAGES - 1}":
        said = hear()[name]
        heard += [said] if said != "early" else []
    return heard


@pytest.fixture(params=["sqlite-memory", pytest.param("postgres", marks=pytest.mark.thorough)])
def client(request, tmp_path):
    with BACKENDS[request.param](tmp_path) as store:
        client = Client(store)
        yield client
        client.close()


@contextmanager
def held_writer(client):
    """The writer is busy until the end of the block."""
    begun, over = Event(), Event()

    def work():
        begun.set()
        over.wait(_PATIENCE)

    async def ask():
        return client.app._work.write(work)

    client.run(ask())
    assert begun.wait(_PATIENCE)
    try:
        yield
    finally:
        over.set()


def settle(client, turns=30_000):
    """As long as the application can go on by itself."""

    async def turn():
        for _ in range(turns):
            await asyncio.sleep(0)

    client.run(turn())


def test_F21_who_tells_more_than_can_be_written_is_not_listened_to_meanwhile(client):
    told = MOST_WAITING + 1000
    with Peer(client, "/events/in") as peer:
        peer.greet()
        with held_writer(client):
            for place in range(told):
                peer.say(json.dumps(event(f"n.{place}")))
            settle(client)
            unheard = peer._to_app.qsize()

    assert unheard >= told - MOST_WAITING - _TAKEN_AT_ONCE
    assert client.store.count_events(EventFilter()) == told


def test_F21_however_large_it_is(client):
    large = json.dumps(event("large", payload={"said": "x" * 1_400_000}))
    told = 40
    with Peer(client, "/events/in") as peer:
        peer.greet()
        with held_writer(client):
            for place in range(told):
                peer.say(large.replace(json.loads(large)["id"], str(uuid4())))
            settle(client, 5_000)
            heard = told - peer._to_app.qsize()

    assert heard * len(large) < 3 * MOST_BYTES
    assert client.store.count_events(EventFilter()) == told


def test_F21_a_state_that_is_told_in_the_midst_of_it_is_never_dropped(client):
    run = Story(client.store).running()
    states = [
        task_run_event(run, kind, kind.title(), at=at) for at, kind in enumerate(("PENDING", "RUNNING", "COMPLETED"))
    ]
    with Peer(client, "/events/in") as peer:
        peer.greet()
        with held_writer(client):
            for state in states:
                for place in range(MOST_WAITING // 2):
                    peer.say(json.dumps(event(f"n.{place}")))
                peer.say(state)
            settle(client)

    assert [one.name for one in client.store.task_run_states(an_id("t"))] == ["Pending", "Running", "Completed"]
    assert client.store.count_events(EventFilter()) == 3 * (MOST_WAITING // 2) + 3 + 1
