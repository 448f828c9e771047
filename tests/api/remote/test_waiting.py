"""What a process waits for at a server is told when it happens, and not asked for again and again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from threading import Event, Thread
from uuid import UUID

import pytest

from tests.engine.fixtures import in_use
from tests.serving import free_port, serving
from tests.store.conformance.story import an_id
from tidemill import flow, pause_flow_run, resume_flow_run, task
from tidemill.api.operations.store import AWAIT
from tidemill.api.remote.home import RemoteHome
from tidemill.concurrency.sync import concurrency
from tidemill.domain.limits import ConcurrencyLimit, SlotRequest
from tidemill.domain.states import StateType, from_us
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.exceptions import FlowRunWaitTimeout
from tidemill.flow_runs import apause_flow_run, wait_for_flow_run
from tidemill.input.run_input import receive_input, send_input
from tidemill.server.routing import Router
from tidemill.server.serving import every_route
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock

PATIENCE = 60


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "server.db") as store:
        yield store


@pytest.fixture
def home_at(tmp_path):
    opened = []

    def at(url):
        opened.append(RemoteHome(tmp_path / "client", url))
        return opened[-1]

    yield at
    for home in opened:
        home.close()


@pytest.fixture
def asked(monkeypatch):
    """The paths that were asked for, each time."""
    import httpx

    paths = []
    post = httpx.Client.post

    def noted(client, path, **how):
        paths.append(path)
        return post(client, path, **how)

    monkeypatch.setattr(httpx.Client, "post", noted)
    return paths


@flow
def asks():
    pause_flow_run(timeout=None)
    return "done"


@flow
async def asks_awaiting():
    await apause_flow_run(timeout=None)
    return "done"


@flow
def hears():
    return next(iter(receive_input(int, timeout=None)))


def without_awaiting():
    """The routes of a server that does not know of questions that wait."""
    return Router((operation, handler) for operation, handler in every_route() if operation not in AWAIT.values())


class Begun:
    """A flow that goes on in a thread of its own."""

    def __init__(self, home, call):
        self.home, self.runtime = home, runtime_of(home, EngineSettings())
        self.ended = []
        self.thread = Thread(target=self._run, args=(call,), daemon=True)
        self.thread.start()

    def _run(self, call):
        with in_use(self.runtime):
            given = call()
            self.ended.append(asyncio.run(given) if asyncio.iscoroutine(given) else given)

    def result(self):
        self.thread.join(PATIENCE)
        return self.ended[0]

    def here(self, act):
        with in_use(self.runtime):
            return act()


def until(met):
    while not met():
        Event().wait(0.01)


def the_run(store, kind):
    until(lambda: any(run.state_type is kind for run in store.find_flow_runs()))
    return store.find_flow_runs()[0].id


@pytest.mark.parametrize("call", [asks, asks_awaiting])
def test_a_pause_ends_when_the_server_says_so(store, home_at, asked, call):
    with serving(store) as url:
        begun = Begun(home_at(url), call)
        run = the_run(store, StateType.PAUSED)
        until(lambda: "/tm/store/read_flow_run/await" in asked)
        before = len(asked)

        begun.here(lambda: resume_flow_run(UUID(run)))

        assert begun.result() == "done"
        assert "/tm/store/read_flow_run" not in asked[before:-1] or asked.count("/tm/store/read_flow_run/await") <= 4


def test_who_waits_for_a_run_is_told_of_its_end(store, home_at, asked):
    with serving(store) as url:
        begun = Begun(home_at(url), asks)
        run = the_run(store, StateType.PAUSED)
        waiting = Begun(home_at(url), lambda: wait_for_flow_run(UUID(run)))
        begun.here(lambda: resume_flow_run(UUID(run)))

        assert waiting.result().state_type is StateType.COMPLETED
        assert asked.count("/tm/store/read_flow_run/await") <= 12


def test_what_is_sent_to_a_run_is_told(store, home_at):
    with serving(store) as url:
        begun = Begun(home_at(url), hears)
        run = the_run(store, StateType.RUNNING)
        begun.here(lambda: send_input(7, UUID(run)))

        assert begun.result() == 7


def test_F12_a_pause_outlives_its_server_and_says_once_that_it_waits(store, home_at, caplog):
    port = free_port()
    with serving(store, port=port) as url:
        begun = Begun(home_at(url), asks)
        run = the_run(store, StateType.PAUSED)
    until(lambda: "was resumed; this waits until somebody can" in caplog.text)

    with serving(store, port=port):
        begun.here(lambda: resume_flow_run(UUID(run)))
        assert begun.result() == "done"

    assert caplog.text.count("this waits until somebody can") == 1


def test_F12_who_waits_for_a_run_while_the_server_is_away_waits_no_longer_than_allowed(store, home_at):
    with serving(store) as url:
        begun = Begun(home_at(url), asks)
        run = the_run(store, StateType.PAUSED)

        with pytest.raises(FlowRunWaitTimeout, match="is Paused, and was not over within 0 s"):
            begun.here(lambda: asyncio.run(wait_for_flow_run(UUID(run), timeout=0)))
    with pytest.raises(FlowRunWaitTimeout, match="cannot be asked for"):
        begun.here(lambda: asyncio.run(wait_for_flow_run(UUID(run), timeout=0.2)))


def test_an_older_server_is_looked_at(store, home_at, asked, monkeypatch):
    monkeypatch.setattr("tidemill.server.front.every_path", without_awaiting)
    with serving(store) as url:
        begun = Begun(home_at(url), asks)
        run = the_run(store, StateType.PAUSED)
        begun.here(lambda: resume_flow_run(UUID(run)))
        assert begun.result() == "done"

    assert asked.count("/tm/store/read_flow_run/await") == 1


class Retried:
    """A flow whose first attempt fails when the server is gone, with a task before that."""

    def __init__(self, fails):
        self.did = []

        @task
        def step(number):
            self.did.append(number)
            return number

        @flow
        def within(number):
            return step(number)

        @flow(retries=1)
        def retried():
            before = step(1) + within(2)
            self.did.append("attempt")
            if self.did.count("attempt") == 1:
                fails()
            return before + step(3)

        self.flow = retried


def test_F12_a_flow_is_tried_again_while_the_server_is_away_and_that_is_told_in_order(store, home_at, caplog):
    caplog.set_level(logging.INFO)
    port, server = free_port(), ExitStack()
    server.enter_context(serving(store, port=port))

    def goes_away():
        server.close()
        raise ValueError("once")

    home, retried = home_at(f"http://127.0.0.1:{port}/api"), Retried(goes_away)
    begun = Begun(home, retried.flow)

    assert begun.result() == 6
    assert retried.did == [1, 2, "attempt", "attempt", 3]
    assert caplog.text.count("goes on by what this process has recorded") == 1
    with serving(store, port=port):
        home.close()

    (run,) = [run for run in store.find_flow_runs() if not run.is_subflow_run]
    states = [state.name for state in store.flow_run_states(run.id)]
    assert states == ["Pending", "Running", "AwaitingRetry", "Retrying", "Completed"]
    assert run.run_count == 2
    assert store.late_reports() == []


def test_F12_where_the_server_never_was_the_journal_alone_is_enough(store, home_at):
    port = free_port()
    home, retried = home_at(f"http://127.0.0.1:{port}/api"), Retried(lambda: 1 / 0)
    begun = Begun(home, retried.flow)

    assert begun.result() == 6
    home.close()
    with serving(store, port=port) as url:
        home_at(url).close()

    (run,) = [run for run in store.find_flow_runs() if not run.is_subflow_run]
    assert run.state_type is StateType.COMPLETED


def test_F12_a_pause_that_begins_while_the_server_is_away_waits_for_it(store, home_at, caplog):
    port = free_port()
    home = home_at(f"http://127.0.0.1:{port}/api")
    begun = Begun(home, asks)
    until(lambda: "was resumed; this waits until somebody can" in caplog.text)

    with serving(store, port=port):
        run = the_run(store, StateType.PAUSED)
        begun.here(lambda: resume_flow_run(UUID(run)))
        assert begun.result() == "done"


@flow
def takes_the_gate():
    with concurrency("gate"):
        return "through"


def test_who_waits_for_a_slot_is_told_when_it_comes_free(store, home_at, asked, caplog):
    caplog.set_level(logging.INFO)
    now = SystemClock().now_us()
    at = from_us(now)
    store.create_limit(
        ConcurrencyLimit(id=an_id("gate"), name="gate", limit=1, active_slots=0, created=at, updated=at), now
    )
    taken = SlotRequest(lease_id=an_id("lease"), names=["gate"], slots=1, holder="x", now=now, lease_until=now + 10**12)
    store.acquire_slots(taken)
    with serving(store) as url:
        begun = Begun(home_at(url), takes_the_gate)
        until(lambda: asked.count("/tm/store/read_limit/await") >= 2)
        before = asked.count("/tm/store/acquire_slots")
        begun.thread.join(1.5)
        assert asked.count("/tm/store/acquire_slots") == before

        store.release_slots(an_id("lease"))

        assert begun.result() == "through"
    assert "Waits for a slot of concurrency limit 'gate'" in caplog.messages
    assert "Waited for concurrency limit 'gate', and goes on" in caplog.messages
