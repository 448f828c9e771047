"""How many statements each operation says to its database, and that it says no more where there is more to find."""

from __future__ import annotations

import pytest

from tests.server.samples import a_world, every_sample
from tidemill.store.sqlite.session import SqliteSession

READS, WRITES = 4, 8
#: Those that may say more, each with the reason.
MORE: dict[str, tuple[int, str]] = {}
MANY = 50


@pytest.fixture
def said(monkeypatch):
    """The statements since it was cleared."""
    statements = []
    for way in ("execute", "executemany"):
        original = getattr(SqliteSession, way)

        def counting(self, sql, *bindings, original=original):
            statements.append(sql)
            return original(self, sql, *bindings)

        monkeypatch.setattr(SqliteSession, way, counting)
    return statements


def statements_for(name, runs, said):
    """What is said for the sample of an operation, where there are so many runs."""
    with a_world(runs) as world:
        world.client.get("/api/hello")  # the guard asks once a second whether there are keys
        said.clear()
        world.ask(name, every_sample()[name])
        return list(said)


@pytest.mark.parametrize("name", every_sample())
def test_an_operation_keeps_to_its_budget_however_much_there_is(name, said):
    with_one = statements_for(name, 1, said)
    with_many = statements_for(name, MANY, said)

    budget = MORE[name][0] if name in MORE else WRITES if name in every_sample(writes=True) else READS
    assert len(with_one) <= budget, with_one
    assert len(with_many) <= len(with_one), with_many
