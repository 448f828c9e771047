"""Steps are taken while servers of the step before go on writing, and somebody reads for long."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from threading import Condition, Thread

import psycopg
import pytest

from tests.postgres import command, new_database
from tests.store.conformance.story import NOW, SECOND, Story, an_id, line
from tidemill.store.migrations import CURRENT
from tidemill.store.postgres import maintaining, step_locks
from tidemill.store.postgres.store import PostgresStore

_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
AND table_name IN ('flow_run', 'flow_run_state', 'log') AND column_name <> 'seq'
"""
#: Far above what a step waits for (below); whoever waits longer than this for a lock fails.
_WRITERS_PATIENCE = "5s"
_MODEL = an_id("model")


class Writers:
    """Servers that make runs, set their states and keep their lines, with the columns that they know of."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._written, self._changed = [0, 0], Condition()
        self._over = False
        self.failures: list[BaseException] = []
        self.look()

    def look(self) -> None:
        """Go on as a server of the schema of now."""
        columns: dict[str, list[str]] = {}
        for table, column in command(self._url, _COLUMNS):
            columns.setdefault(table, []).append(column)
        self._columns = columns

    @property
    def made(self) -> int:
        return sum(self._written)

    def wait_for_some(self) -> None:
        """Wait until each has written something from beginning to end."""
        with self._changed:
            enough = [written + 2 for written in self._written]
            self._changed.wait_for(
                lambda: self.failures or all(now >= least for now, least in zip(self._written, enough, strict=True))
            )

    @contextmanager
    def writing(self):
        threads = [Thread(target=self._write, args=(number,)) for number in range(len(self._written))]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over = True
            for thread in threads:
                thread.join()

    def _write(self, number: int) -> None:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                connection.execute(f"SET lock_timeout = '{_WRITERS_PATIENCE}'")
                for nth in count():
                    if self._over:
                        return
                    with connection.transaction():
                        self._run(connection, an_id(f"writer-{number}-{nth}"), f"writer-{number}-{nth}")
                    with self._changed:
                        self._written[number] += 1
                        self._changed.notify_all()
        except BaseException as error:
            with self._changed:
                self.failures.append(error)
                self._changed.notify_all()

    def _run(self, connection: psycopg.Connection, run: str, name: str) -> None:
        """A run that is made, logs, and is over."""
        self._copy(connection, "flow_run", "id", {"id": run, "root_flow_run_id": run, "name": name})
        self._copy(connection, "flow_run_state", "flow_run_id", {"id": an_id(f"{name} state"), "flow_run_id": run})
        self._copy(connection, "log", "flow_run_id", {"id": an_id(f"{name} line"), "flow_run_id": run})
        over = "UPDATE flow_run SET state_type = 'COMPLETED', state_name = 'Completed', end_us = %s WHERE id = %s"
        connection.execute(over, (NOW + SECOND, run))

    def _copy(self, connection: psycopg.Connection, table: str, key: str, own: dict[str, str]) -> None:
        """The model's row, under another name."""
        known = self._columns[table]
        said = ", ".join("%s" if column in own else column for column in known)
        given = [own[column] for column in known if column in own]
        sql = f"INSERT INTO {table} ({', '.join(known)}) SELECT {said} FROM {table} WHERE {key} = %s"
        connection.execute(sql, (*given, _MODEL))


@pytest.fixture
def url():
    """A database of the first step, with a run, its state and its line."""
    url = new_database("online")
    with PostgresStore.open(url) as store:
        story = Story(store)
        story.running("model")
        story.tell(line(_MODEL, "kept"))
    maintaining.migrate_to(url, 1)
    return url


def test_writers_go_on_while_steps_are_taken(url):
    writers = Writers(url)
    with writers.writing():
        for version in range(2, CURRENT + 1):
            maintaining.migrate_to(url, version)
            writers.wait_for_some()
            writers.look()

    assert writers.failures == []
    with PostgresStore.open(url) as store:
        assert store.count_flow_runs() == 1 + writers.made
        assert len(store.read_logs(limit=-1)) == 1 + writers.made
    assert command(url, "SELECT sum(runs) FROM flow_run_tally") == [(writers.made,)]


def test_nobody_waits_behind_a_step_that_waits_for_who_reads_for_long(url, monkeypatch):
    monkeypatch.setattr(step_locks, "FIRST_WAIT", "50ms")
    writers, taken = Writers(url), []

    def take_steps():
        maintaining.migrate_to(url)
        taken.append(maintaining.version_of(url))

    steps = Thread(target=take_steps)
    with psycopg.connect(url) as reader, writers.writing():
        reader.execute("SELECT count(*) FROM flow_run")
        steps.start()
        while not writers.failures and maintaining.version_of(url) < 2:
            writers.wait_for_some()
        for _ in range(20):
            writers.wait_for_some()
        assert taken == []
        reader.rollback()
        steps.join()

    assert writers.failures == []
    assert taken == [CURRENT]
