"""Taking the numbered steps in a SQLite file. ``PRAGMA user_version`` holds the number of the last one taken."""

from __future__ import annotations

from functools import cache
from typing import Final

import apsw

from tidemill.store.asking import scalar
from tidemill.store.migrations import CURRENT, way
from tidemill.store.sqlite.session import rendered
from tidemill.system.failpoints import failpoint

#: "tidm"; stands in the file's header, so ``file`` and we can tell our databases from others.
APPLICATION_ID: Final = 0x7469_646D


def version_of(connection: apsw.Connection) -> int:
    """The last step this database took."""
    return int(scalar(connection, "PRAGMA user_version"))


def migrate(connection: apsw.Connection, target: int = CURRENT) -> None:
    """Take the steps that lead there in one transaction; of several processes that try at once, one does the work."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in way(version_of(connection), target):
            connection.execute(rendered(step.sql)).fetchall()
            failpoint("store.in_step")
            connection.execute(f"PRAGMA user_version = {step.leads_to}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@cache
def empty_database() -> bytes:
    """A database that nothing was recorded in, as its file has it.

    To write it takes a thirtieth of the time that its steps take.
    """
    connection = apsw.Connection(":memory:")
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}").fetchall()
        migrate(connection)
        return connection.serialize("main")
    finally:
        connection.close()
