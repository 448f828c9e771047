"""Taking the numbered steps in a PostgreSQL database. The table ``schema_version`` holds the number of the last one.

One process at a time takes steps: a lock of its session says so to the others, who look again and again rather than
wait for it, since an index that is made concurrently waits for everybody who waits. What makes it right is the row of
the version, which each step holds while it is taken. Behind a pooler, where a session is anybody's, there is that only:
a lock that was taken in one could not be given back in another.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from psycopg import errors

from tidemill.store.errors import ForeignStoreError, NewerStoreError, OutdatedStoreError, StoreBusyError
from tidemill.store.migrations import CURRENT, Step, way
from tidemill.store.postgres import step_locks
from tidemill.store.postgres.connection import is_direct
from tidemill.store.postgres.schema import schema_words, statements
from tidemill.store.postgres.session import rendered
from tidemill.store.postgres.step_locks import StepLocks
from tidemill.system.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

#: "tidemill", for the lock of whoever takes steps.
_LOCK: Final = 0x7469_6465_6D69_6C6C
_ATTEMPTS: Final = 30
_HAS_VERSION: Final = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_version')"
_HAS_TABLES: Final = "SELECT count(*) FROM pg_class WHERE oid IN (to_regclass('flow_run'), to_regclass('task_run'))"
_HALF_MADE: Final = """
SELECT quote_ident(relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
"""


def version_of(connection: psycopg.Connection[Any]) -> int:
    """The last step this database took."""
    if not _count(connection, _HAS_VERSION):
        return 0
    row = connection.execute("SELECT version FROM schema_version").fetchone()
    return 0 if row is None else int(row[0])


def check(connection: psycopg.Connection[Any], where: str) -> int:
    """The version, if the database is ours and not from the future."""
    version = version_of(connection)
    if version > CURRENT:
        raise NewerStoreError.at(f"the database {where}", version, CURRENT)
    if not version and not _count(connection, _HAS_VERSION) and _count(connection, _HAS_TABLES):
        raise ForeignStoreError(
            f"the database {where} holds another program's runs. It was left untouched. Create one for tidemill with: "
            "CREATE DATABASE tidemill"
        )
    return version


def refuse_outdated(connection: psycopg.Connection[Any], where: str) -> None:
    """Raises OutdatedStoreError where steps are missing."""
    version = check(connection, where)
    if version < CURRENT:
        raise OutdatedStoreError.at(where, version, CURRENT)


def migrate(connection: psycopg.Connection[Any], where: str, target: int = CURRENT) -> None:
    """Take the steps that lead there. Raises StoreBusyError where others keep a table, or take steps, for too long."""
    if check(connection, where) == target:
        return
    with _one_at_a_time(connection, where):
        with connection.transaction():
            connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})".encode())
            connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
            connection.execute("INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM schema_version)")
        version = check(connection, where)
        for step in way(version, target):
            _patiently(connection, step, version, where)
            version = step.leads_to


def _patiently(connection: psycopg.Connection[Any], step: Step, begins: int, where: str) -> None:
    locks = StepLocks(_words(step).decode())
    for _ in range(_ATTEMPTS):
        try:
            if step.outside:
                _outside(connection, step, begins)
            else:
                _within(connection, step, begins, locks)
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            connection.execute("SELECT pg_sleep(1)")
        else:
            return
    raise StoreBusyError(f"{step.name} could not be taken in the database {where}: others hold its tables all the time")


def _within(connection: psycopg.Connection[Any], step: Step, begins: int, locks: StepLocks) -> None:
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{step_locks.FIRST_WAIT}'".encode())
        row = connection.execute("SELECT version FROM schema_version FOR UPDATE").fetchone()
        if row is not None and row[0] != begins:
            return  # somebody else has taken it meanwhile, behind a pooler
        locks.take(connection)
        connection.execute(_words(step))
        failpoint("store.in_step")
        connection.execute("UPDATE schema_version SET version = %s", (step.leads_to,))


def _outside(connection: psycopg.Connection[Any], step: Step, begins: int) -> None:
    if version_of(connection) != begins:
        return  # as above
    for (index,) in connection.execute(_HALF_MADE).fetchall():
        connection.execute(f"DROP INDEX CONCURRENTLY {index}".encode())
    for statement in statements(_words(step).decode()):
        connection.execute(statement.encode())
    # behind a pooler somebody else may have taken this step and the next meanwhile
    connection.execute("UPDATE schema_version SET version = %s WHERE version = %s", (step.leads_to, begins))


def _words(step: Step) -> bytes:
    return schema_words(rendered.rendered(step.sql)).encode()


@contextmanager
def _one_at_a_time(connection: psycopg.Connection[Any], where: str) -> Iterator[None]:
    if not is_direct(connection):
        yield
        return
    for _ in range(_ATTEMPTS * 10):
        if _count(connection, f"SELECT CAST(pg_try_advisory_lock({_LOCK}) AS integer)"):
            break
        connection.execute("SELECT pg_sleep(0.1)")
    else:
        raise StoreBusyError(f"another process has been changing the schema of the database {where} for half a minute")
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute(f"SELECT pg_advisory_unlock({_LOCK})".encode())


def _count(connection: psycopg.Connection[Any], sql: str) -> int:
    row = connection.execute(sql.encode()).fetchone()
    return 0 if row is None else int(row[0])
