"""The schema of a database by its path, for whoever looks after it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tidemill.store.migrations import CURRENT
from tidemill.store.sqlite import migrating, place
from tidemill.store.sqlite.connection import check_library, open_reader, open_writer, speaking_of

if TYPE_CHECKING:
    from pathlib import Path


def version_of(path: Path) -> int:
    """The last step the database took; 0 where there is none."""
    check_library()
    if not place.is_ours(path):
        return 0
    with speaking_of(str(path)), closing(open_reader(path)) as connection:
        return migrating.version_of(connection)


def migrate_to(path: Path, target: int = CURRENT) -> None:
    """Take the steps that lead there; the database is made if it is not there."""
    check_library()
    place.ensure(path)
    with speaking_of(str(path)), closing(open_writer(path)) as connection:
        migrating.migrate(connection, target)
