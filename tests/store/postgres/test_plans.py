"""Hot queries can go by an index: nothing has to walk through a table that grows."""

from __future__ import annotations

import re

import pytest

from tests.postgres import empty_store
from tests.store.conformance.story import Story
from tests.store.sqlite.test_plans import BIG, HOT
from tidemill.domain.runs import Condition, Operator, Order
from tidemill.store.postgres import connections
from tidemill.store.postgres.session import PostgresSession, said

_EXPLAINED = re.compile(rb"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)")


class _Explaining(PostgresSession):
    """Asks for the plan of everything, and keeps the walks through big tables that no index could spare."""

    walks: list[str]

    def execute(self, sql, bindings=None):
        statement = said(sql)
        if _EXPLAINED.match(statement.sql):
            given = [bindings[name] for name in statement.names]
            self.connection.say(b"SET enable_seqscan = off")
            plan = self.connection.tell(b"EXPLAIN " + statement.sql, given, may_prepare=False)
            self.connection.settle()
            for (line,) in plan.rows:
                walk = re.search(r"Seq Scan on (\w+)", line)
                if walk and walk[1] in BIG:
                    self.walks.append(f"{line.strip()}: {sql}")
        return super().execute(sql, bindings)


@pytest.fixture
def store(monkeypatch):
    store = empty_store()
    Story(store).running()
    _Explaining.walks = []
    monkeypatch.setattr(connections, "PostgresSession", _Explaining)
    yield store
    monkeypatch.undo()
    for access in (store._connections.reading, store._connections.writing):
        with access() as session:
            session.execute("RESET enable_seqscan")


@pytest.mark.parametrize("name", HOT)
def test_goes_by_an_index(store, name):
    HOT[name](store)
    assert _Explaining.walks == []


def test_a_walk_would_be_seen(store):
    store.find_task_runs([Condition("name", Operator.LIKE, "x")], order=Order("name"))
    assert _Explaining.walks
