"""F16: whatever changes something may be asked again under its id: it is answered as before, and nothing more is changed."""

from __future__ import annotations

import pytest

from tests.server.samples import every_sample
from tests.server.world import a_world
from tidemill.store.sqlite.store import SqliteStore

AGAIN = {"Tidemill-Request-Id": "0189f7ea-ae2c-7809-8aeb-b819cf5e9e7f"}


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    "postgres": "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
}


def contents(store) -> dict[str, list]:
    """All rows of all tables."""
    dialect = "sqlite" if isinstance(store, SqliteStore) else "postgres"
    with store._connections.reading() as session:
        tables = session.execute(_TABLES[dialect]).fetchall()
        return {name: sorted(session.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for (name,) in tables}


@pytest.mark.parametrize("name", every_sample(writes=True))
def test_f16_a_request_that_comes_again_is_answered_as_before_and_changes_nothing(name):
    with a_world() as world:
        is_answered_as_before(world, name)


@pytest.mark.thorough
def test_f16_so_it_is_on_postgres():
    for name in every_sample(writes=True):
        with a_world(dialect="postgres") as world:
            is_answered_as_before(world, name)


def is_answered_as_before(world, name: str) -> None:
    sample, store = every_sample()[name], world.client.store
    first = world.ask(name, sample, **AGAIN)
    after_first = contents(store)
    world.client.clock.sleep(5)

    second = world.ask(name, sample, **AGAIN)

    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers == first.headers
    assert contents(store) == after_first
