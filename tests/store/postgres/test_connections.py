from __future__ import annotations

import os
import resource
from contextlib import suppress
from threading import Barrier, Event, Thread

import psycopg
import pytest
from psycopg import errors

from tests.postgres import command, empty_database, new_database, server_url
from tests.store.conformance.story import NOW, Story, an_id, ended, line, started, tell_from_threads
from tidemill.domain.states import from_us
from tidemill.store.asking import scalar
from tidemill.store.errors import (
    StoreBrokenError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnsuitablePlaceError,
)
from tidemill.store.postgres import connections as connections_module
from tidemill.store.postgres.address import Address, address_of
from tidemill.store.postgres.complaints import translated
from tidemill.store.postgres.connection import _prepare_threshold
from tidemill.store.postgres.connections import PostgresConnections
from tidemill.store.postgres.pool import Pool
from tidemill.store.postgres.store import PostgresStore
from tidemill.system.clock import JumpingClock

_CUT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE application_name = 'tidemill' AND datname = current_database()
"""


@pytest.fixture
def url():
    return empty_database()


@pytest.fixture
def connections(url):
    connections = PostgresConnections(address_of(url))
    yield connections
    connections.close()


@pytest.fixture
def store(url):
    with PostgresStore.open(url) as store:
        yield store


def test_what_fails_in_the_middle_leaves_nothing(store):
    run = Story(store).running()
    broken = Story(store, "producer-2")
    batch = broken.batch(line(run, "one"), line(run, None))

    with pytest.raises(StoreError, match="null value"):
        store.apply(batch, own=True)

    assert store.read_logs() == []
    assert store.read_producer("producer-2") is None
    Story(store, "producer-2").tell(line(run, "and on it goes"))


def _goes_on_though_it_failed(connections, run):
    with connections.writing() as session:
        session.execute("UPDATE flow_run SET name = 'other' WHERE id = ?", (run,))
        with suppress(psycopg.Error):
            session.execute("UPDATE flow_run SET name = NULL WHERE id = ?", (run,))


def test_what_the_database_undid_is_not_said_to_be_kept(store, connections):
    run = Story(store).running()

    with pytest.raises(StoreError, match="a statement failed"):
        _goes_on_though_it_failed(connections, run)

    assert store.read_flow_run(run).name == "run"


def test_a_part_that_the_database_undid_is_not_said_to_be_kept(store, connections):
    run = Story(store).running()

    with connections.together():
        with pytest.raises(StoreError, match="a statement failed"), connections.together():
            _goes_on_though_it_failed(connections, run)
        with connections.writing() as session:
            session.execute("UPDATE flow_run SET tags = '[]' WHERE id = ?", (run,))

    found = store.read_flow_run(run)
    assert (found.name, found.tags) == ("run", [])


def test_a_server_with_thousands_of_clients_still_has_connections(url):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] < 2048:
        pytest.skip("so many files may not be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(2048, limits[0]), limits[1]))
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    connections = PostgresConnections(address_of(url), readers=1, patience_seconds=0.01)
    try:
        for _ in range(3):
            with connections.reading() as session:
                assert scalar(session, "SELECT 1") == 1
    finally:
        connections.close()
        for other in others:
            os.close(other)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_f20_connections_that_were_cut_while_idle_are_not_used(store, url):
    run = Story(store).running()
    assert store.read_flow_run(run).id == run

    command(url, _CUT)

    assert store.read_flow_run(run).id == run
    Story(store, "again").running("again")


def test_f20_a_connection_that_is_cut_at_work_loses_the_whole_and_only_that(store, url):
    story = Story(store)
    run = story.running()

    with pytest.raises(StoreUnavailableError, match="try again"), store.together():  # noqa: PT012 - all of it is lost
        Story(store, "other").running("lost")
        command(url, _CUT)
        Story(store, "third").running("lost too")

    assert [found.name for found in store.find_flow_runs()] == ["run"]
    story.tell(line(run, "and on it goes"))


def test_f20_a_server_that_is_not_there_is_named():
    with pytest.raises(StoreUnavailableError, match=r"postgresql://ann@127\.0\.0\.1:9/runs cannot be reached"):
        PostgresStore.open("postgresql://ann:secret@127.0.0.1:9/runs")


def test_a_database_that_is_not_there_is_named():
    with pytest.raises(UnsuitablePlaceError, match='database "nowhere" does not exist'):
        PostgresStore.open(server_url().replace("/postgres?", "/nowhere?"))


def test_two_that_wait_for_each_other_are_told_to_try_again(store, url):
    Story(store).running("a")
    Story(store, "p2").running("b")
    both, outcomes = Barrier(2), []

    def work(first, second):
        connections = PostgresConnections(address_of(url))
        try:
            with connections.writing() as session:
                session.execute("UPDATE flow_run SET updated_us = 1 WHERE id = ?", (an_id(first),))
                both.wait()
                session.execute("UPDATE flow_run SET updated_us = 1 WHERE id = ?", (an_id(second),))
            outcomes.append("done")
        except StoreBusyError as error:
            outcomes.append(type(error).__name__)
        connections.close()

    threads = [Thread(target=work, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["StoreBusyError", "done"]


def test_what_another_holds_is_waited_for_within_bounds(store, url):
    run = Story(store).running()
    with psycopg.connect(url) as other, PostgresStore.open(url, lock_seconds=0.01) as impatient:
        other.execute("SELECT * FROM flow_run FOR UPDATE")

        with pytest.raises(StoreBusyError, match="safe to try again"):
            Story(impatient, "p2").tell(line(run, "x"))

    Story(store, "p2").tell(line(run, "x"))


def test_a_batch_that_is_sent_twice_at_once_counts_once(url):
    """Two replicas get the same batch, the second since its answer was late: one waits for the other, and skips it."""
    with PostgresStore.open(url) as one, PostgresStore.open(url) as other:
        run = Story(one).running()
        story = Story(one, "new")
        batch = story.batch(*(line(run, f"{k}") for k in range(20)), started(run), ended(run))
        answers, both = [], Barrier(2)

        def send(store):
            both.wait()
            answers.append(store.apply(batch))

        threads = [Thread(target=send, args=(store,)) for store in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert answers == [22, 22]
        assert len(one.read_logs()) == 20


def test_a_claim_waits_for_the_batch_of_the_one_before(url):
    """Else the new holder would not see what the old one had done, and do it again."""
    with PostgresStore.open(url) as one, PostgresStore.open(url) as other:
        run = Story(one).running()
        story = Story(one, "producer-1")
        story.seq = 3
        claimed = Event()

        def claim():
            other.claim_flow_run(run, "producer-2", NOW, allow={one.read_flow_run(run).state_type})
            claimed.set()

        thread = Thread(target=claim)
        with one.together():
            story.tell(started(run), ended(run))
            thread.start()
            assert not claimed.wait(0.2)
        thread.join()

        assert claimed.is_set()
        assert len(other.find_task_runs()) == 1


def test_all_connections_in_use_are_waited_for_within_bounds(url):
    connections = PostgresConnections(address_of(url), readers=1, patience_seconds=0.01)

    with connections.reading(), pytest.raises(StoreBusyError, match="all 1 connections"), connections.reading():
        pass

    with connections.reading() as session:
        assert scalar(session, "SELECT 1") == 1
    connections.close()


def test_no_more_connections_are_kept_than_were_asked_for(store, url):
    tell_from_threads(store)

    here = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidemill' AND datname = current_database()"
    assert command(url, here)[0][0] <= connections_module.WRITERS + connections_module.READERS + 2


def test_a_database_that_does_not_keep_what_it_acknowledges_is_refused():
    url = new_database("careless")
    name = command(url, "SELECT current_database()")[0][0]
    command(url, f"ALTER DATABASE {name} SET synchronous_commit = off")

    with pytest.raises(UnsuitablePlaceError, match="synchronous_commit=off"):
        PostgresStore.open(url)


def test_f20_who_watches_goes_on_though_a_failover_led_to_a_database_that_is_not_fit(connections, url):
    watch = connections.watch()
    assert watch.wait(1)
    command(url, f"ALTER DATABASE {_name(url)} SET synchronous_commit = off", _CUT)
    try:
        assert watch.wait(0.1)
        assert watch.wait(0.1)
    finally:
        command(url, f"ALTER DATABASE {_name(url)} RESET synchronous_commit")
        watch.close()


def _name(url):
    return command(url, "SELECT quote_ident(current_database())")[0][0]


def test_a_database_that_has_not_every_character_is_refused():
    url = new_database("latin")
    name = command(url, "SELECT current_database()")[0][0]
    command(
        server_url(),
        f"DROP DATABASE {name}",
        f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    )

    with pytest.raises(UnsuitablePlaceError, match="keeps text as LATIN1"):
        PostgresStore.open(url)


def test_a_closed_store_says_so(url):
    store = PostgresStore.open(url)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="was closed"):
        store.flows()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (errors.SerializationFailure, StoreBusyError),
        (errors.LockNotAvailable, StoreBusyError),
        (errors.DiskFull, StoreFullError),
        (errors.IoError, StoreBrokenError),
        (errors.ReadOnlySqlTransaction, StoreUnavailableError),
        (errors.AdminShutdown, StoreUnavailableError),
        (errors.TooManyConnections, StoreUnavailableError),
        (errors.InsufficientPrivilege, UnsuitablePlaceError),
        (errors.UniqueViolation, StoreBusyError),
        (errors.ForeignKeyViolation, StoreBusyError),
        (errors.NotNullViolation, StoreError),
    ],
)
def test_complaints_are_translated(theirs, ours):
    assert type(translated(theirs("told"), "here")) is ours


_PREPARED = "SELECT count(*) FROM pg_prepared_statements"


@pytest.mark.parametrize(("asked", "expected"), [("", True), ("&prepare_threshold=-1", False)])
def test_statements_are_prepared_unless_it_is_not_wanted(url, asked, expected):
    with PostgresStore.open(url + asked) as store:
        run = Story(store).running()
        for _ in range(3):
            assert store.read_flow_run(run).created == from_us(NOW)
        with store._connections.reading() as session:
            assert (scalar(session, _PREPARED) > 0) is expected


@pytest.mark.parametrize(("given", "direct", "threshold"), [(None, True, 1), (None, False, None), (3, False, 3)])
def test_behind_a_pooler_nothing_is_prepared(given, direct, threshold):
    """A pooler tells the number of a process of its own, and may hand each transaction another connection."""
    assert _prepare_threshold(Address("", "", given), direct) == threshold


def test_a_connection_that_has_done_its_time_is_replaced():
    clock = JumpingClock(NOW)
    pool = Pool(address_of(empty_database()), 1, 1.0, recycle_seconds=60, clock=clock)
    with pool.connection() as first:
        pass
    with pool.connection() as same:
        pass
    clock.sleep(60)
    with pool.connection() as other:
        pass
    pool.close()

    assert same is first
    assert other is not first
    assert first.closed


def test_connecting_takes_no_longer_than_the_address_says():
    assert "connect_timeout=10" in address_of("postgresql://db/runs").conninfo
    assert "connect_timeout=3" in address_of("postgresql://db/runs?connect_timeout=3").conninfo
