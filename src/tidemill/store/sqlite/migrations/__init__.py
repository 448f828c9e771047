"""The numbered steps by which a database of any age becomes one of today. A step, once released, never changes.

``PRAGMA user_version`` holds the number of the last step taken. A fresh database takes them all.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from tidemill.store.asking import scalar

if TYPE_CHECKING:
    import apsw

_NAMES: Final = ("0001_runs.sql", "0002_inputs.sql")

#: The version of a database that took every step.
CURRENT: Final = len(_NAMES)


@cache
def step(number: int) -> str:
    """The SQL that leads from version ``number - 1`` to ``number``."""
    from importlib.resources import files  # noqa: PLC0415 - most processes find their database up to date

    return files(__package__).joinpath(_NAMES[number - 1]).read_text(encoding="utf-8")


def version_of(connection: apsw.Connection) -> int:
    """The last step this database took."""
    return int(scalar(connection, "PRAGMA user_version"))


def migrate(connection: apsw.Connection, target: int = CURRENT) -> None:
    """Take the missing steps in one transaction; of several processes that try at once, one does the work."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version_of(connection) + 1, target + 1):
            connection.execute(step(number)).fetchall()
            connection.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
