"""F12: the server is away until the process's journal is full: what happens in runs waits, log lines are dropped and counted."""

from __future__ import annotations

import re
from threading import Thread

import pytest

from tests.api.remote.test_spool import until
from tests.engine.fixtures import in_use
from tests.serving import free_port, serving
from tidemill import flow, task
from tidemill.api.embedded import Recording
from tidemill.api.remote.home import RemoteHome
from tidemill.domain.states import StateType
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.logging import get_run_logger
from tidemill.store.sqlite.store import SqliteStore

SMALL = Recording(max_behind=100_000, beat_seconds=0.05)
LINES = 1000


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "server" / "tidemill.db") as store:
        yield store


@task
def double(number):
    return 2 * number


@flow
def talkative():
    for number in range(LINES):
        get_run_logger().info("line %d %s", number, "x" * 100)
    return double(21)


@flow
def busy(count):
    return [double(number) for number in range(count)]


def away(home):
    """Wait until the home knows that its server does not answer."""
    with in_use(runtime_of(home, EngineSettings())):
        double(1)
    until(lambda: home.recorder._applier.store_is_away)


def kept_and_missing(store):
    """How many of the lines are there, and how many are told to be missing, by run."""
    lines = [log for log in store.read_logs(limit=-1) if log.message.startswith("line ")]
    gaps = [log for log in store.read_logs(limit=-1) if "missing before this one" in log.message]
    return len(lines), {log.flow_run_id: int(re.sub(r"\D", "", log.message.split(" ")[0])) for log in gaps}


def test_F12_lines_are_dropped_and_counted_and_the_flow_ends(store, tmp_path):
    port = free_port()
    home = RemoteHome(tmp_path / "client", f"http://127.0.0.1:{port}/api", recording=SMALL)
    away(home)

    with in_use(runtime_of(home, EngineSettings())):
        assert talkative() == 42
    with serving(store, port=port):
        until(lambda: home.recorder.wait_applied_for(0.1) and not home.recorder._shed)
        home.recorder.wait_applied()
        home.close()

    (run,) = store.find_flow_runs()
    assert run.state_type is StateType.COMPLETED
    assert store.count_task_runs()[StateType.COMPLETED] == 2
    kept, missing = kept_and_missing(store)
    assert 0 < kept < LINES
    assert missing == {run.id: LINES - kept + 1}  # the flow's own last line is one of them


def test_F12_a_process_that_ends_meanwhile_leaves_the_count(store, tmp_path, monkeypatch):
    monkeypatch.setattr("tidemill.api.remote.home.PATIENCE_SECONDS", 0.2)
    port = free_port()
    home = RemoteHome(tmp_path / "client", f"http://127.0.0.1:{port}/api", recording=SMALL)
    away(home)
    with in_use(runtime_of(home, EngineSettings())):
        talkative()
    home.close()

    with serving(store, port=port) as url:
        later = RemoteHome(tmp_path / "client", url)
        until(lambda: not list(later.journals.glob("*.log")))
        later.close()

    kept, missing = kept_and_missing(store)
    assert list(missing.values()) == [LINES - kept + 1]  # as above


def test_F12_what_happens_in_runs_waits_for_room_and_is_all_there(store, tmp_path):
    port = free_port()
    home = RemoteHome(tmp_path / "client", f"http://127.0.0.1:{port}/api", recording=SMALL)
    away(home)
    results = []

    def run():
        with in_use(runtime_of(home, EngineSettings())):
            results.append(busy(500))

    running = Thread(target=run)
    running.start()
    journal = home.recorder._applier.journal
    until(lambda: journal.behind > 0.98 * SMALL.max_behind)
    assert results == []
    with serving(store, port=port):
        running.join()
        home.recorder.wait_applied()
        home.close()

    assert results == [[2 * number for number in range(500)]]
    assert store.count_task_runs()[StateType.COMPLETED] == 501
    assert kept_and_missing(store) == (0, {})
