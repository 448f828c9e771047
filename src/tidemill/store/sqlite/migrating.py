"""Taking the numbered steps in a SQLite file. ``PRAGMA user_version`` holds the number of the last one taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.asking import scalar
from tidemill.store.migrations import CURRENT, way
from tidemill.store.sqlite.session import rendered
from tidemill.system.failpoints import failpoint

if TYPE_CHECKING:
    import apsw


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
