"""A flow that is recorded by a server."""

from __future__ import annotations

from threading import Thread

import pytest

from tests.engine.fixtures import in_use
from tests.serving import free_port, serving
from tidemill import flow, task
from tidemill.api.remote.home import RemoteHome
from tidemill.concurrency.sync import concurrency
from tidemill.domain.runs import any_of
from tidemill.domain.states import StateType
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.store.sqlite.store import SqliteStore


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "server" / "tidemill.db") as store:
        yield store


@pytest.fixture
def home_at(tmp_path):
    """Homes of processes of one machine, each recording at a server."""
    opened = []

    def at(url):
        home = RemoteHome(tmp_path / "client", url)
        opened.append(home)
        return home

    yield at
    for home in opened:
        home.close()


@task
def double(number):
    return 2 * number


@flow
def doubled(numbers):
    return sum(future.result() for future in double.map(numbers))


@flow
def around(count):
    return doubled(range(count)) + double(1)


def run(home, call, *args):
    with in_use(runtime_of(home, EngineSettings())):
        return call(*args)


def test_a_flow_leaves_everything_with_the_server(store, home_at):
    with serving(store) as url:
        home = home_at(url)

        assert run(home, around, 4) == 14
        home.close()

    root, below = sorted(store.find_flow_runs(), key=lambda found: found.is_subflow_run)
    assert (root.flow_name, below.flow_name) == ("around", "doubled")
    assert root.state_type == below.state_type == StateType.COMPLETED
    assert store.count_task_runs([any_of("flow_run_id", root.id, below.id)])[StateType.COMPLETED] >= 5
    assert not (home.path / "tidemill.db").exists()


def test_F12_a_flow_runs_while_the_server_is_away_and_the_next_process_sends_what_it_left(store, home_at):
    port = free_port()
    home = home_at(f"http://127.0.0.1:{port}/api")

    assert run(home, doubled, [1, 2]) == 6
    home.close()
    assert store.find_flow_runs() == []
    with serving(store, port=port) as url:
        home_at(url).close()

    (found,) = store.find_flow_runs()
    assert found.state_type is StateType.COMPLETED
    assert store.count_task_runs()[StateType.COMPLETED] == 2


def test_a_batch_that_is_sent_twice_counts_once(store, home_at):
    with serving(store) as url:
        home = home_at(url)
        sent = []
        apply = home.store.apply

        def twice(batch, *, own=False):
            sent.append((apply(batch, own=own), apply(batch, own=own)))
            return sent[-1][1]

        home.store.apply = twice
        run(home, doubled, [1, 2, 3])
        home.close()

    assert sent
    assert all(first == second for first, second in sent)
    assert store.count_task_runs()[StateType.COMPLETED] == 3
    assert len(store.find_flow_runs()) == 1


def test_a_process_that_ends_with_the_server_away_does_not_wait_long(home_at):
    home = home_at(f"http://127.0.0.1:{free_port()}/api")
    run(home, double.with_options(name="alone"), 1)

    home.close()

    assert list(home.journals.glob("*.log"))


@task(tags=["labelled"])
def labelled(number):
    return number


@flow
def labels(count):
    return sum(labelled(number) for number in range(count))


@task
def with_slot():
    with concurrency("one"):
        return 1


@flow
def slots():
    return with_slot()


def test_what_needs_the_servers_word_waits_for_it_and_says_so(store, home_at, caplog):
    """Whether a tag has a limit, and whether a slot is free, nobody else knows."""
    port = free_port()
    home = home_at(f"http://127.0.0.1:{port}/api")
    ended = {}
    begun = [Thread(target=lambda call=call, given=given: ended.update({call: run(home, call, *given)}), daemon=True)
             for call, given in ((labels, (2,)), (slots, ()))]  # fmt: skip
    for thread in begun:
        thread.start()
    while caplog.text.count("this waits until somebody can") < 2:
        begun[0].join(0.02)
    assert not ended

    with serving(store, port=port):
        for thread in begun:
            thread.join(60)
        home.close()

    assert ended == {labels: 1, slots: 1}


def test_what_was_known_of_limits_counts_while_the_server_is_away(store, home_at, monkeypatch):
    with serving(store) as url:
        home = home_at(url)
        runtime = runtime_of(home, EngineSettings())
        with in_use(runtime):
            assert labels(2) == 1
    monkeypatch.setattr("tidemill.engine.slots.TAGS_KNOWN_SECONDS", -1.0)

    with in_use(runtime):
        assert labels(2) == 1
    home.close()
