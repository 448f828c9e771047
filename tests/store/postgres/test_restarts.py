"""F20: a server that is killed and comes back: what was acknowledged is there, what was not is sent again."""

from __future__ import annotations

import pytest

from tests.postgres import a_server_to_stop, command, stop
from tests.store.conformance.story import Story, line
from tidemill.store.errors import StoreUnavailableError
from tidemill.store.postgres.store import PostgresStore


@pytest.fixture
def server():
    with a_server_to_stop() as server:
        yield server


@pytest.mark.machine
def test_f20_what_was_acknowledged_survives_a_server_that_is_killed(server):
    with PostgresStore.open(server.get_uri()) as store:
        story = Story(store)
        run = story.running()
        kept, lost = story.batch(line(run, "kept")), story.batch(line(run, "sent again"))
        store.apply(kept)

        with pytest.raises(StoreUnavailableError, match="safe to try again"), store.together():  # noqa: PT012 - all of it
            store.apply(lost)
            stop(server, "immediate")
            store.read_logs()
            store.apply(story.batch(line(run, "lost, and not sent again")))
        with pytest.raises(StoreUnavailableError):
            store.read_logs()
        server.ensure_postgres_running()

        assert [log.message for log in store.read_logs()] == ["kept"]
        assert store.apply(kept) == kept.last_seq
        assert store.apply(lost) == lost.last_seq
        assert [log.message for log in store.read_logs()] == ["kept", "sent again"]


@pytest.mark.machine
def test_f20_a_standby_is_read_and_writes_wait_until_it_leads(server):
    """The address led to the primary, and now it leads to what was behind it."""
    with PostgresStore.open(server.get_uri()) as store:
        story = Story(store)
        run = story.running()
        stop(server, "fast")
        (server.pgdata / "standby.signal").touch()
        server.ensure_postgres_running()

        assert store.read_flow_run(run).id == run
        late = story.batch(line(run, "late"))
        with pytest.raises(StoreUnavailableError, match="takes no writes now"):
            store.apply(late)

        command(server.get_uri(), "SELECT pg_promote()")
        assert store.apply(late) == late.last_seq
