"""F13, F20: what comes between a group of writes and its commit is tried again; who fails alone is told alone."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

import pytest

from tests.postgres import command, empty_database
from tests.server.client import Client
from tests.server.transactions import transactions_of
from tests.store.conformance.backends import BACKENDS
from tidemill.domain.identity import flow_id
from tidemill.server.groups import Groups, Unit
from tidemill.store.errors import MissingError, StoreBusyError, StoreUnavailableError, StoreUncertainError
from tidemill.store.postgres.store import PostgresStore
from tidemill.store.sqlite.connection import open_writer
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import JumpingClock


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    with BACKENDS[request.param](tmp_path) as store:
        yield store


class Until(JumpingClock):
    """A clock that does something when it is first waited for: what others do meanwhile."""

    def __init__(self, meanwhile) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        self.waits = []

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.waits.append(seconds)
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()


def make_flow(store, name):
    return store.create_flow(flow_id("default", name), name, [], {}, 1)


def making(store, name, *, then=None):
    """A unit that makes a flow, and fails afterwards if it is told how."""

    def unit():
        made = make_flow(store, name)
        if then is not None:
            raise then
        return made

    return Unit(unit)


def failing(error):
    def unit():
        raise error

    return Unit(unit)


def flows(store):
    return sorted(flow.name for flow in store.list_flows(limit=100))


def test_a_group_is_committed_once_for_all(store):
    group = [making(store, name) for name in "abc"]

    Groups(store, JumpingClock()).write(group)

    assert [unit.error for unit in group] == [None, None, None]
    assert flows(store) == ["a", "b", "c"]


def test_who_fails_before_writing_is_told_alone_and_nobody_runs_twice(store):
    ran = []
    group = [making(store, "a"), failing(MissingError("no such thing")), Unit(lambda: ran.append(1))]

    Groups(store, JumpingClock()).write(group)

    assert isinstance(group[1].error, MissingError)
    assert [group[0].error, group[2].error] == [None, None]
    assert ran == [1]
    assert flows(store) == ["a"]


def test_who_fails_after_writing_is_undone_alone(store):
    group = [making(store, "a"), making(store, "b", then=MissingError("no")), making(store, "c")]

    Groups(store, JumpingClock()).write(group)

    assert [type(unit.error) for unit in group] == [type(None), MissingError, type(None)]
    assert flows(store) == ["a", "c"]


def test_a_statement_that_the_database_refuses_undoes_its_unit_alone(store):
    def refused():
        with store._connections.writing() as session:
            session.execute("INSERT INTO flow_run_state (flow_run_id) VALUES (NULL)")

    group = [making(store, "a"), Unit(refused), making(store, "c")]

    Groups(store, JumpingClock()).write(group)

    assert [unit.error is None for unit in group] == [True, False, True]
    assert flows(store) == ["a", "c"]


def test_what_fails_for_good_is_not_tried_for_ever(store):
    clock = Until(None)
    group = [making(store, "a"), failing(StoreUnavailableError("never")), making(store, "c")]

    Groups(store, clock).write(group)

    assert [type(unit.error) for unit in group] == [type(None), StoreUnavailableError, type(None)]
    assert flows(store) == ["a", "c"]
    assert sum(clock.waits) < 3


@pytest.mark.parametrize(("takes", "tries"), [(0.0, 4), (0.9, 3), (5.0, 1)])
def test_what_only_reads_is_begun_again_within_two_seconds(takes, tries):
    clock, tried = JumpingClock(), []

    def reads():
        tried.append(1)
        clock.sleep(takes)
        raise StoreBusyError("stopped")

    Groups(None, clock).read([Unit(reads)])

    assert len(tried) == tries


def test_who_comes_while_a_group_is_at_work_is_committed_with_it(store):
    comers = iter([[making(store, "b"), making(store, "c")], [making(store, "d")], []])
    began = transactions_of(store)

    Groups(store, JumpingClock()).write([making(store, "a")], lambda: next(comers))

    assert flows(store) == ["a", "b", "c", "d"]
    assert len(began) == 1


def test_a_late_comer_that_fails_after_writing_is_undone_alone_and_nobody_is_let_in_after_that(store):
    late = [making(store, "b", then=MissingError("no")), making(store, "c")]
    comers = iter([late])
    group = [making(store, "a")]

    Groups(store, JumpingClock()).write(group, lambda: next(comers))

    assert [unit.error is None for unit in group + late] == [True, False, True]
    assert flows(store) == ["a", "c"]


# SQLite


@pytest.fixture
def file(tmp_path):
    with SqliteStore.open(tmp_path / "home" / "tidemill.db", busy_seconds=0.001) as store:
        foreign = open_writer(tmp_path / "home" / "tidemill.db")
        yield store, foreign
        foreign.close()


def test_f13_a_foreign_writer_that_lets_go_in_time_is_not_noticed(file):
    store, foreign = file
    foreign.execute("BEGIN IMMEDIATE")
    group = [making(store, "a"), making(store, "b")]

    Groups(store, Until(lambda: foreign.execute("ROLLBACK"))).write(group)

    assert [unit.error for unit in group] == [None, None]
    assert flows(store) == ["a", "b"]


def test_f13_a_foreign_writer_that_stays_is_told_with_503_and_then_all_is_well(file):
    store, foreign = file
    client = Client(store)
    foreign.execute("BEGIN IMMEDIATE")

    said = client.post("/api/flows/", {"name": "a"})
    assert (said.status, said.headers["retry-after"]) == (503, "2")
    assert client.post("/api/flows/filter", {}).body == []

    foreign.execute("ROLLBACK")
    assert client.post("/api/flows/", {"name": "a"}).status == 201
    client.close()


# PostgreSQL


@pytest.fixture
def database():
    url = empty_database()
    with PostgresStore.open(f"{url}&application_name=killed", migrate=False, lock_seconds=0.05) as store:
        yield url, store


def _kill_backends(url):
    return command(
        url,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'killed'",
    )


@pytest.mark.parametrize("place", [0, 1, 2], ids=["at the first", "between", "at the commit"])
def test_f20_a_backend_that_is_killed_costs_nobody_anything(database, place):
    url, store = database
    killed = []

    def kill():
        made = make_flow(store, "killer")
        if not killed:
            killed.append(True)
            _kill_backends(url)
        return made

    group = [making(store, "a"), making(store, "c")]
    group.insert(place, Unit(kill))

    Groups(store, JumpingClock()).write(group)

    assert [unit.error for unit in group] == [None, None, None]
    assert [unit.value[1] for unit in group] == [True, True, True]
    assert flows(store) == ["a", "c", "killer"]


@pytest.mark.parametrize("committed", [True, False])
def test_f20_a_commit_whose_answer_was_lost_is_not_made_again(database, committed):
    """The store says that it does not know, and finds out by the transaction's number."""
    _, store = database
    numbers = []

    @contextmanager
    def losing_the_answer():
        with together():
            yield
            with store._connections.writing() as session:
                numbers.append(session.execute("SELECT pg_current_xact_id()").fetchall()[0][0])
            if not committed and len(numbers) == 1:
                raise _lost(store, numbers[0])
        if len(numbers) == 1:
            raise _lost(store, numbers[0])

    together, store.together = store.together, losing_the_answer
    group = [making(store, "a"), making(store, "b")]

    Groups(store, JumpingClock()).write(group)

    assert [unit.error for unit in group] == [None, None]
    assert len(numbers) == (1 if committed else 2)
    assert flows(store) == ["a", "b"]


def _lost(store, number):
    return StoreUncertainError("lost at the commit", partial(store._connections._was_committed, int(number)))


def test_f20_a_reader_whose_backend_is_killed_reads_again(database):
    url, store = database
    killed = []

    def read():
        with store._connections.reading() as session:
            if not killed:
                killed.append(True)
                _kill_backends(url)
            return session.execute("SELECT 1").fetchall()

    unit = Unit(read)
    Groups(store, JumpingClock()).read([unit])

    assert (unit.error, unit.value) == (None, [(1,)])


@pytest.fixture
def held(database):
    """A flow whose row another connection holds."""
    import psycopg

    url, store = database
    make_flow(store, "held")
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM flow FOR UPDATE")
        yield store, flow_id("default", "held"), other


def _labelling(store, flow):
    def unit():
        with store._connections.writing() as session:
            session.execute("UPDATE flow SET labels = '{\"x\": 1}' WHERE id = :id", {"id": flow})

    return Unit(unit)


def test_f20_a_row_that_is_let_go_in_time_is_waited_for(held):
    store, flow, other = held
    group = [making(store, "a"), _labelling(store, flow), making(store, "c")]

    Groups(store, Until(other.rollback)).write(group)

    assert group[0].error is None
    assert group[2].error is None
    assert flows(store) == ["a", "c", "held"]
    assert group[1].error is None


def test_f20_a_row_that_is_held_on_is_told_to_who_wants_it_alone(held):
    store, flow, _ = held
    group = [making(store, "a"), _labelling(store, flow), making(store, "c")]

    Groups(store, JumpingClock()).write(group)

    assert [type(unit.error) for unit in group] == [type(None), StoreBusyError, type(None)]
    assert flows(store) == ["a", "c", "held"]
