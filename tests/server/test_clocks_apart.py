"""F17: the clocks of client and server are ten minutes apart; how long things took, and leases, are right all the same."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import httpx
import pytest

from tests.engine.fixtures import in_use
from tests.server.routes.runs import flow as a_flow
from tests.server.routes.runs import flow_run, propose, task_run
from tests.server.services.telling import SECOND, turn
from tests.serving import serving
from tests.store.conformance.story import an_id, created, state
from tidemill import flow, task
from tidemill.api.remote.home import RemoteHome
from tidemill.domain.entries import RootHeld, encode
from tidemill.domain.states import from_us, to_us
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.server.services.leases import Leases
from tidemill.server.services.pause_expirations import PauseExpirations
from tidemill.settings import Settings
from tidemill.store.store import Store
from tidemill.system.clock import SystemClock

TEN_MINUTES = 600 * SECOND
TERM = 20 * SECOND
MINUTE = 60 * SECOND
#: Seconds. How far off two clocks are is known to half a round trip, which is long where the machine is busy.
COMPARED_WITHIN = 1.0


class OtherClock(SystemClock):
    """A machine's clock that goes right and shows another time."""

    def __init__(self, apart_us: int) -> None:
        self._apart_us = apart_us

    def now_us(self) -> int:
        return super().now_us() + self._apart_us


@task
def one(number):
    return number + 1


@flow
def all_of_them(count):
    return sum(one.map(range(count)).result())


class Far(NamedTuple):
    """A server with its store and its clock, and a home that reports to it from where another time is shown."""

    store: Store
    clock: SystemClock
    url: str
    home: RemoteHome


@pytest.fixture(params=[-TEN_MINUTES, TEN_MINUTES], ids=["server-behind", "server-ahead"])
def apart(request):
    return request.param


@pytest.fixture
def far(store, tmp_path, apart):
    clock = OtherClock(apart)
    with serving(store, clock=clock) as url:
        home = RemoteHome(tmp_path / "client", url)
        yield Far(store, clock, url, home)
        home.close()


def test_f17_a_flow_that_reports_by_journal_is_not_taken_for_dead_and_took_as_long_as_it_took(far):
    with in_use(runtime_of(far.home, EngineSettings())):
        began = SystemClock().monotonic()
        assert all_of_them(3) == 6
        took = SystemClock().monotonic() - began
    far.home.recorder.wait_applied()

    (producer,) = far.store.producers_not_ended()
    now = far.clock.now_us()
    assert now - TERM < producer.lease_until_us <= now + TERM  # by the server's clock
    assert far.store.lapsed_producers(producer.lease_until_us - 1) == []

    (run,) = far.store.find_flow_runs([])
    assert [one.name for one in far.store.flow_run_states(run.id)] == ["Pending", "Running", "Completed"]
    assert 0 <= run.total_run_time <= took
    for called in far.store.find_task_runs([]):
        assert 0 <= called.total_run_time <= took


def test_f17_what_the_server_decides_about_a_run_that_a_journal_reports_is_of_one_clock_with_it(far):
    began = SystemClock().monotonic()
    run = a_run_within(far.home)

    asked = httpx.get(f"{far.url}/flow_runs/{run}").json()
    assert 0 <= asked["estimated_run_time"] <= SystemClock().monotonic() - began + COMPARED_WITHIN
    now = far.clock.now_us()
    assert now - MINUTE < to_us(datetime.fromisoformat(asked["start_time"])) <= now

    asked = httpx.post(f"{far.url}/flow_runs/{run}/set_state", json={"state": {"type": "CANCELLING"}}).json()
    assert asked["status"] == "ACCEPT"
    tell(far.home, state(run, "CANCELLED", ordinal=2, at=far.home.clock.now_us()))

    (found,) = far.home.store.find_flow_runs([])
    assert found.state_name == "Cancelled"
    assert 0 <= found.total_run_time <= SystemClock().monotonic() - began + COMPARED_WITHIN
    assert abs(to_us(found.end_time) - far.home.clock.now_us()) < MINUTE  # read by the clock of who reads
    moments = [one.timestamp for one in far.store.flow_run_states(run)]
    assert sorted(moments) == moments


def test_f17_a_pause_lasts_as_long_as_it_was_meant_to(far):
    run = a_run_within(far.home)
    until = {"pause_timeout": shown(far.home.clock.now_us() + MINUTE), "pause_key": "1", "pause_reschedule": True}
    now = far.home.clock.now_us()
    tell(far.home, state(run, "PAUSED", ordinal=1, name="Suspended", at=now, details=until))

    PauseExpirations(Settings()).run_once(turn(far.store, far.clock.now_us()))
    assert far.store.read_flow_run(run).state_name == "Suspended"
    assert far.home.store.read_flow_run(run).state.state_details["pause_timeout"][:23] == until["pause_timeout"][:23]
    PauseExpirations(Settings()).run_once(turn(far.store, far.clock.now_us() + MINUTE))
    assert far.store.read_flow_run(run).state_name == "Failed"


def a_run_within(home):
    """A run of a process that reports to a server, told until it is Running."""
    now = home.clock.now_us()
    run = an_id("run")
    tell(home, RootHeld(run, 0), created("run", created_us=now), state(run, "RUNNING", at=now))
    return run


def tell(home, *entries):
    for entry in entries:
        home.recorder.append(entry.kind, encode(entry))
    home.recorder.wait_applied()


def test_f17_a_lease_is_a_length_of_time(client, store, apart):
    theirs = client.clock.now_us() - apart
    producer = {"id": "far", "host": "there", "pid": 1, "beat_us": theirs, "lease_until_us": theirs + TERM}
    client.post("/api/tm/store/register_producer", {"producer": producer, "sent_us": theirs})
    service = Leases(Settings(), None)
    service.run_once(turn(store, client.clock.now_us()))

    client.clock.sleep(15)
    theirs += 15 * SECOND
    beat = {"producer": "far", "now": theirs, "lease_until": theirs + TERM, "sent_us": theirs}
    assert client.post("/api/tm/store/beat", beat).body is True
    service.run_once(turn(store, client.clock.now_us() + TERM - 1))
    assert store.read_producer("far").ended_us is None
    service.run_once(turn(store, client.clock.now_us() + TERM))
    assert store.read_producer("far").ended_us is not None


def test_f17_slots_of_a_process_are_held_for_as_long_as_it_meant(client, apart):
    client.post("/api/v2/concurrency_limits/", {"name": "one", "limit": 1})
    theirs = client.clock.now_us() - apart
    asked = {"lease_id": an_id("lease"), "names": ["one"], "slots": 1, "holder": "far", "now": theirs}
    body = {"request": asked | {"lease_until": theirs + TERM}, "sent_us": theirs}

    assert client.post("/api/tm/store/acquire_slots", body).status == 200

    client.clock.sleep(19)
    assert client.get("/api/v2/concurrency_limits/one").body["active_slots"] == 1
    client.clock.sleep(2)
    assert client.get("/api/v2/concurrency_limits/one").body["active_slots"] == 0


def about(seconds: float):
    return pytest.approx(seconds, abs=1e-3)  # two states at one moment are told apart by a microsecond


def shown(us: int) -> str:
    return from_us(us).isoformat()


def test_f17_runs_of_the_rest_api_are_timed_by_the_servers_clock_alone(client, apart):
    """Clients say no time with a state; what they say of times to come is taken as it is."""
    theirs = client.clock.now_us() - apart
    run = flow_run(
        client, a_flow(client), state={"type": "SCHEDULED", "state_details": {"scheduled_time": shown(theirs)}}
    )
    waits = propose(client, run, "RUNNING").body
    if apart < 0:  # by the server's clock its time is yet to come
        assert (waits["status"], waits["details"]["delay_seconds"]) == ("WAIT", 600)
        client.clock.sleep(600)
        assert propose(client, run, "RUNNING").body["status"] == "ACCEPT"
    called = task_run(client, run)
    propose(client, called, "RUNNING", of="task_runs")
    client.clock.sleep(5)
    assert client.get(f"/api/flow_runs/{run}").body["estimated_run_time"] == about(5)
    assert client.get(f"/api/task_runs/{called}").body["estimated_run_time"] == about(5)
    propose(client, called, "COMPLETED", of="task_runs")
    client.clock.sleep(5)
    propose(client, run, "COMPLETED")

    assert client.get(f"/api/flow_runs/{run}").body["total_run_time"] == about(10)
    assert client.get(f"/api/task_runs/{called}").body["total_run_time"] == about(5)
    states = client.get(f"/api/flow_run_states/?flow_run_id={run}").body
    assert [one["type"] for one in states] == ["SCHEDULED", "RUNNING", "COMPLETED"]
    moments = [datetime.fromisoformat(one["timestamp"]) for one in states]
    assert sorted(moments) == moments
