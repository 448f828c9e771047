"""A process of a server is made again when it dies, whatever it died of, for as long as that may pass."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from tests.postgres import a_server_to_stop, stop
from tidemill.api.local_server import CannotStartError
from tidemill.server.listening import listening_socket
from tidemill.server.plan import Plan
from tidemill.server.watched import Watched
from tidemill.store.postgres.store import PostgresStore
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import JumpingClock, SystemClock

PACKAGE = str(Path(sys.modules["tidemill"].__file__).parents[1])
pytestmark = pytest.mark.machine


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", PACKAGE)
    monkeypatch.setenv("TIDEMILL_HOME", str(tmp_path))
    return tmp_path


@contextmanager
def watched(clock, **settings: str):
    """A process that answers."""
    alive, parents = os.pipe()
    with listening_socket("127.0.0.1", 0) as taken:
        process = Watched(Plan(services=False, workers=2, settings=settings), 1, taken, alive, clock)
        try:
            until(process, lambda: process.answers)
            yield process
        finally:
            process.end()
            process.wait()
            os.close(alive)
            os.close(parents)


def until(process, is_so):
    """Look as its parent does, until something is so."""
    waiting = SystemClock()
    while not is_so():
        waiting.sleep(0.01)
        process.see_to()


def ended(process, clock):
    """The process of now ended by itself; its successor is begun."""
    before = process.process
    until(process, lambda: before.poll() is not None)
    clock.sleep(30)
    until(process, lambda: process.process is not before)


def test_it_is_made_again_while_the_database_is_away_until_it_is_back(home, caplog):
    clock = JumpingClock()
    with a_server_to_stop() as server:
        url = server.get_uri()
        PostgresStore.open(url).close()
        with watched(clock, TIDEMILL_SERVER_DATABASE_CONNECTION_URL=url) as process:
            stop(server, "fast")
            process.process.kill()
            ended(process, clock)
            for _ in range(3):
                ended(process, clock)
            server.ensure_postgres_running()
            clock.sleep(30)

            until(process, lambda: process.answers)

    assert "ended by signal 9; another one takes its place." in caplog.text
    assert "ended with exit code 75; another one takes its place in 2 s." in caplog.text
    assert "answers in the place of one that ended" in caplog.text


def test_it_ends_with_its_reason_where_that_does_not_pass(home):
    clock = JumpingClock()
    SqliteStore.open(home / "tidemill.db").close()
    with watched(clock) as process:
        database = apsw.Connection(str(home / "tidemill.db"))
        database.execute("PRAGMA user_version = 9999")
        database.close()
        process.process.kill()
        ended(process, clock)

        with pytest.raises(CannotStartError, match="newer tidemill"):
            until(process, lambda: clock.sleep(30))
    assert process.process.returncode == 1


def test_it_ends_with_its_reason_where_it_never_answered(home):
    (home / "tidemill.db").write_text("this is no database, and has never been one")

    with pytest.raises(CannotStartError, match="not a SQLite database"), watched(JumpingClock()):
        pass
