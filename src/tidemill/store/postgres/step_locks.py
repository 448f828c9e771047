"""The locks of a step's tables, taken before anything is changed.

A step that asked for them as it comes to them would hold one table and wait for another, whose holders wait for the
first. So they are asked for at the beginning, and where one cannot be had, all are given back and that one is asked for
first the next time, when nobody waits for us.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from psycopg import errors

if TYPE_CHECKING:
    import psycopg

#: Who works on a table waits no longer behind a step that waits for the table itself.
FIRST_WAIT: Final = "2s"
#: Less than the second after which PostgreSQL looks for a deadlock, and ends whom it finds first.
NEXT_WAIT: Final = "400ms"
_REWRITTEN: Final = re.compile(r"^(?:ALTER|DROP) TABLE (\w+)", re.MULTILINE)
_READ: Final = re.compile(r"^(?:CREATE (?:UNIQUE )?INDEX|CREATE TRIGGER)\b[^;]*? ON (\w+)", re.MULTILINE)
_THERE: Final = "SELECT 1 FROM pg_class WHERE oid = to_regclass(%s)"


class StepLocks:
    """Which tables a step needs, in the order in which they are asked for."""

    def __init__(self, sql: str) -> None:
        rewritten, read = _REWRITTEN.findall(sql), _READ.findall(sql)
        self.tables = list(dict.fromkeys(rewritten + read))
        self._rewritten = frozenset(rewritten)

    def take(self, connection: psycopg.Connection[Any]) -> None:
        """Hold those of them that are there, until the transaction ends.

        Raises LockNotAvailable or DeadlockDetected; the next try begins with the table that could not be had.
        """
        wait = FIRST_WAIT
        for table in tuple(self.tables):
            if connection.execute(_THERE, (table,)).fetchone() is None:
                continue  # the step makes it
            mode = "ACCESS EXCLUSIVE" if table in self._rewritten else "SHARE ROW EXCLUSIVE"
            try:
                connection.execute(f"SET LOCAL lock_timeout = '{wait}'".encode())
                connection.execute(f"LOCK TABLE {table} IN {mode} MODE".encode())
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                self.tables.remove(table)
                self.tables.insert(0, table)
                raise
            wait = NEXT_WAIT
