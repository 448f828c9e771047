"""F16: whatever changes something may be asked again under its id: it is answered as before, and nothing more is changed."""

from __future__ import annotations

import pytest

from tests.server.samples import every_sample
from tests.server.world import a_world

AGAIN = {"Tidemill-Request-Id": "0189f7ea-ae2c-7809-8aeb-b819cf5e9e7f"}


def contents(store) -> dict[str, list]:
    """All rows of all tables."""
    with store._connections.reading() as session:
        tables = session.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        return {name: session.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}


@pytest.mark.parametrize("name", every_sample(writes=True))
def test_f16_a_request_that_comes_again_is_answered_as_before_and_changes_nothing(name):
    with a_world() as world:
        sample, store = every_sample()[name], world.client.store
        first = world.ask(name, sample, **AGAIN)
        after_first = contents(store)
        world.client.clock.sleep(5)

        second = world.ask(name, sample, **AGAIN)

        assert (second.status, second.body) == (first.status, first.body)
        assert second.headers == first.headers
        assert contents(store) == after_first
