"""F20: a real PgBouncer in front of the database, which hands out connections for a transaction at a time.

All of the conformance tests hold behind one, too: TESTS_POSTGRES=<its address>, as ``tests/postgres.py`` says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from psycopg import OperationalError

from tests.postgres import command, new_database
from tests.serving import free_port
from tests.store.conformance.story import Story, an_id, ended, line, started
from tidemill.domain.states import StateType
from tidemill.store.addresses import migrate_to, version_of
from tidemill.store.migrations import CURRENT
from tidemill.store.postgres import watching
from tidemill.store.postgres.store import PostgresStore

POOLER = shutil.which("pgbouncer") or ("/usr/sbin/pgbouncer" if Path("/usr/sbin/pgbouncer").exists() else None)
pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(POOLER is None, reason="there is no pgbouncer here; apt-get install pgbouncer brings one"),
    pytest.mark.skipif("TESTS_POSTGRES" in os.environ, reason="the database given may be behind one already"),
]
_SETTINGS = """
[databases]
{name} = host={folder} dbname={name} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@pytest.fixture(scope="module")
def pooled():
    """The address of a new database by way of PgBouncer, with fewer connections than a store has."""
    direct = new_database("pooled")
    name, folder = urlsplit(direct).path[1:], parse_qs(urlsplit(direct).query)["host"][0]
    port, place = free_port(), Path(tempfile.mkdtemp(prefix="tidemill-pooler-"))
    settings = place / "pgbouncer.ini"
    settings.write_text(_SETTINGS.format(name=name, folder=folder, port=port))
    user = {"user": Path(folder).owner(), "group": Path(folder).group()} if os.getuid() == 0 else {}
    place.chmod(0o755)  # a pooler does not run as root, and reads its settings as somebody else
    with subprocess.Popen(
        [POOLER, "-q", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user
    ) as pooler:
        url = f"postgresql://postgres@127.0.0.1:{port}/{name}?sslmode=disable"
        for _ in range(10_000):
            try:
                command(url, "SELECT 1")
                break
            except OperationalError:
                assert pooler.poll() is None, "PgBouncer did not start"
        yield url
        pooler.terminate()
    shutil.rmtree(place)


@pytest.fixture
def store(pooled):
    migrate_to(pooled)
    with PostgresStore.open(pooled, lock_seconds=30) as opened:
        yield opened


def test_steps_are_taken_by_one_of_many_who_start_at_once(pooled):
    migrate_to(pooled, 0)
    starting = [Thread(target=lambda: PostgresStore.open(pooled).close()) for _ in range(4)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join(60)

    assert version_of(pooled) == CURRENT
    assert command(pooled, "SELECT count(*) FROM schema_version") == [(1,)]
    assert command(pooled, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


def test_what_is_told_by_many_at_once_is_there(store):
    def tell(number):
        story = Story(store, f"producer-{number}")
        run = story.running(f"run-{number}")
        for turn in range(10):
            name = f"task-{number}-{turn}"
            story.tell(started(run, name), line(run, "said", task=name), ended(run, name))

    tellers = [Thread(target=tell, args=(number,)) for number in range(4)]
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join(60)

    assert store.count_task_runs() == {StateType.COMPLETED: 40}


def test_a_pause_in_a_transaction_keeps_nothing_for_who_comes_next(pooled, store):
    with store.together():
        Story(store, "again").running("again")
    assert store.read_flow_run(an_id("again")).state_name == "Running"

    for _ in range(10):  # whichever of the pooler's connections answers
        assert command(pooled, "SHOW lock_timeout", "SHOW statement_timeout") == [("0",)]


def test_who_follows_looks_every_second_since_no_word_comes(store, monkeypatch):
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.01)
    watch = store.watch()
    try:
        assert watch.wait(5)  # connects, and finds out
        assert watch.wait(5)
        assert not watch.wait(0.001)
    finally:
        watch.close()

    assert watching.POLL_SECONDS <= 5
