"""Ended runs are counted by many transactions at a time, and nobody waits for anybody."""

from __future__ import annotations

import pytest

from tests.postgres import empty_database
from tests.store.conformance.told import NOW, SECOND, Teller
from tidemill.store.asking import all_rows
from tidemill.store.nouns import Wanted
from tidemill.store.postgres.store import PostgresStore

WINDOW = {"start": NOW, "end": NOW + 3600 * SECOND, "interval": 3600 * SECOND, "now": NOW + 7200 * SECOND}


def completed(store):
    return [(name, runs) for _, _, name, runs, _, _ in store.history("flow_run", Wanted(), **WINDOW)]


@pytest.fixture
def replicas():
    url = empty_database()
    with PostgresStore.open(url) as one, PostgresStore.open(url) as other:
        yield one, other


def test_transactions_that_end_runs_of_one_time_and_state_do_not_wait_for_each_other(replicas):
    one, other = replicas
    teller, second = Teller(one, 1), Teller(other, 2)
    flow = teller.flow()
    runs = [teller.flow_run(flow, "RUNNING") for _ in range(4)]
    with one.together():
        teller.propose(runs[0], "COMPLETED", force=True)
        second.propose(runs[1], "COMPLETED", force=True)  # committed, while the first is under way
    assert completed(one) == completed(other) == [("Completed", 2), ("Running", 2)]


def test_what_one_counted_another_may_take_back(replicas):
    one, other = replicas
    teller, second = Teller(one, 1), Teller(other, 2)
    flow = teller.flow()
    runs = [teller.flow_run(flow, "COMPLETED") for _ in range(3)]
    second.propose(runs[0], "RUNNING", force=True)
    other.delete_flow_run(runs[1])
    assert completed(one) == [("Completed", 1), ("Running", 1)]

    other.delete_flow_run(runs[2])
    assert completed(one) == [("Running", 1)]
    one.forget_empty_tallies(NOW + 7200 * SECOND)

    assert completed(other) == [("Running", 1)]
    with one._connections.reading() as session:
        assert all_rows(session, "SELECT * FROM flow_run_tally") == []
