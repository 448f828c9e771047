"""What a process could not report: sent later, in order, by whoever reports next; nothing that lies there is in the way."""

from __future__ import annotations

import logging

import pytest

from tests.engine.fixtures import in_use
from tests.serving import free_port, serving
from tidemill import flow
from tidemill.api.embedded import Recording
from tidemill.api.remote.home import RemoteHome
from tidemill.domain.states import StateType
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.store.errors import UnfitValueError
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock

QUICK = Recording(beat_seconds=0.05)


@flow
def answer():
    return 42


def left_by_a_process(tmp_path, url):
    """A process that reported to a server which was away, and is gone."""
    home = RemoteHome(tmp_path / "client", url)
    with in_use(runtime_of(home, EngineSettings())):
        answer()
    home.close()
    if home._spool is not None:
        home._spool.join()
    return home.journals


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    monkeypatch.setattr("tidemill.api.remote.home.PATIENCE_SECONDS", 0.2)


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "server" / "tidemill.db") as store:
        yield store


def until(met):
    for _ in range(2000):
        if met():
            return
        SystemClock().sleep(0.005)
    raise AssertionError("it did not come to be")


def test_a_process_that_began_while_the_server_was_away_sends_what_others_left_when_it_is_back(store, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    left_by_a_process(tmp_path, url)
    home = RemoteHome(tmp_path / "client", url, recording=QUICK)
    with in_use(runtime_of(home, EngineSettings())):
        answer()
    home._spool.join()

    with serving(store, port=port):
        until(lambda: len(store.find_flow_runs()) == 2)
        home.close()

    assert {run.state_type for run in store.find_flow_runs()} == {StateType.COMPLETED}


def test_what_was_sent_and_is_only_kept_is_not_called_left(store, tmp_path, caplog):
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    with serving(store, port=port):
        journals = left_by_a_process(tmp_path, url)
    assert [path.suffix for path in journals.iterdir()] == [".applied"]

    with caplog.at_level(logging.WARNING, "tidemill.home"):
        home = RemoteHome(tmp_path / "client", url)
        home._spool.join()
        home.close()

    assert [record.message for record in caplog.records if record.name == "tidemill.home"] == []


def test_what_is_no_journal_is_passed_over(store, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    journals = left_by_a_process(tmp_path, url)
    (journals / "0.log").write_bytes(b"no journal")

    with serving(store, port=port):
        home = RemoteHome(tmp_path / "client", url)
        home._spool.join()
        home.close()

    assert [run.state_type for run in store.find_flow_runs()] == [StateType.COMPLETED]
    assert (journals / "0.log").exists()


def test_a_journal_that_the_server_does_not_understand_is_passed_over(store, tmp_path, monkeypatch, caplog):
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    journals = left_by_a_process(tmp_path, url)
    (first,) = journals.glob("*.log")
    left_by_a_process(tmp_path, url)
    apply = store.apply

    def picky(batch, **options):
        if batch.producer == first.stem:
            raise UnfitValueError("an entry that nobody understands")
        return apply(batch, **options)

    monkeypatch.setattr(store, "apply", picky)
    with serving(store, port=port), caplog.at_level(logging.WARNING, "tidemill.home"):
        home = RemoteHome(tmp_path / "client", url)
        home._spool.join()
        home.close()

    assert "was passed over: an entry that nobody understands" in caplog.text
    assert [run.state_type for run in store.find_flow_runs()] == [StateType.COMPLETED]
    assert list(journals.glob("*.log")) == [first]


def test_two_processes_send_each_journal_once(store, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    for _ in range(4):
        left_by_a_process(tmp_path, url)

    with serving(store, port=port):
        homes = [RemoteHome(tmp_path / "client", url) for _ in range(3)]
        for home in homes:
            home._spool.join()
            home.close()

    assert [run.state_type for run in store.find_flow_runs()] == [StateType.COMPLETED] * 4
    assert not list(homes[0].journals.glob("*.log"))
