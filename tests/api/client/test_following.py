"""Following what happens, over a connection that breaks."""

from __future__ import annotations

from contextlib import closing

import msgspec
import pytest

from tests.serving import serving
from tests.store.conformance.story import Story, ended, line, started
from tidemill.api.client.client import Client
from tidemill.api.client.following import follow
from tidemill.api.client.http import HttpTransport
from tidemill.api.client.refused import NotValidError
from tidemill.api.operations.live import FollowQuery
from tidemill.api.remote.login import Login
from tidemill.api.remote.refusals import ServerAwayError
from tidemill.server.in_process import InProcess
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import JumpingClock, SystemClock

ALL = FollowQuery(topics="flow-runs,task-runs,logs", last_event_id="0")


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "tidemill.db") as store:
        yield store


@pytest.fixture(params=["within the process", "over HTTP"])
def transport(request, store):
    if request.param == "over HTTP":
        with serving(store) as url, closing(HttpTransport(url, SystemClock(), Login())) as transport:
            yield transport
    else:
        yield InProcess(store, JumpingClock(), Settings())


class Breaking:
    """Carries ever fewer bytes of a stream before it breaks, ``times`` times; then it stays whole."""

    def __init__(self, inner, times) -> None:
        self.where = inner.where
        self._inner = inner
        self._left = times

    def stream(self, target, headers):
        self._left -= 1
        with closing(self._inner.stream(target, headers)) as parts:
            for part in parts:
                if self._left >= 0:
                    yield part[: 400 + 37 * self._left]
                    raise ServerAwayError("it broke")
                yield part


def told(store, count=5):
    """Something to follow: how many messages it comes to."""
    story = Story(store)
    run = story.running()
    for place in range(count):
        story.tell(started(run, f"t{place}"), line(run, f"line {place}"), ended(run, f"t{place}"))
    return run, 1 + 3 * count


def taken(messages, count):
    with closing(messages):
        return [next(messages) for _ in range(count)]


def test_nothing_is_left_out_and_nothing_comes_twice_however_often_it_breaks(store, transport):
    _, count = told(store)
    whole = taken(follow(Client(transport), ALL, clock=JumpingClock()), count)
    broken = []

    heard = taken(follow(Client(Breaking(transport, 9)), ALL, clock=JumpingClock(), away=broken.append), count)

    assert heard == whole
    assert len(broken) == 9
    assert {message.topic for message in heard} == {"flow-runs", "task-runs", "logs"}
    assert [msgspec.json.decode(one.data)["message"] for one in heard if one.topic == "logs"] == [
        f"line {place}" for place in range(5)
    ]


def test_what_happens_later_is_heard(store, transport):
    run, count = told(store)
    messages = follow(Client(transport), ALL, clock=JumpingClock())
    with closing(messages):
        for _ in range(count):
            next(messages)
        Story(store, "another process").tell(line(run, "late"))

        assert b"late" in next(messages).data


def test_it_ends_when_it_is_told_to(store, transport):
    told(store)
    heard = []

    for message in follow(Client(transport), ALL, clock=JumpingClock(), over=lambda: len(heard) == 2):
        heard.append(message)

    assert len(heard) == 2


def test_what_is_not_granted_is_said_at_once(transport):
    with pytest.raises(NotValidError, match="did you mean 'logs'"):
        next(follow(Client(transport), FollowQuery(topics="lgos"), clock=JumpingClock()))


def test_a_server_that_is_away_from_the_beginning_is_not_waited_for():
    transport = HttpTransport("http://127.0.0.1:9/api", JumpingClock(), Login())

    with pytest.raises(ServerAwayError):
        next(follow(Client(transport), ALL, clock=JumpingClock()))
