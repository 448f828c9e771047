"""After a power cut: what was on its way to the disk may be there in part, so the database is looked through once.

Who writes to a home is registered in it, with the id of the machine's boot, and its end is noted. Where somebody is
still registered under a boot that is gone, nobody ended the home in order. They are ended when the home is tended, so
the next opening finds none.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from tidemill.system.processes import boot_id, hostname, start_time

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.domain.runs import Producer
    from tidemill.store.sqlite.run_store import SqliteRunStore

logger = logging.getLogger("tidemill.home")

#: Smaller databases are looked through in less than a quarter of a second, and nobody needs to be told.
_WORTH_TELLING_BYTES: Final = 256 * 1024 * 1024
_BYTES_PER_SECOND: Final = 1024**3


def check_after_lost_boot(store: SqliteRunStore, database: Path, boot: str | None = None) -> bool:
    """Look through the database if it was in use when the machine went down; false where it was not.

    ``boot``: the id of this boot, by default the system's. Where the platform tells none, a process that is gone
    without a word counts as a machine that went down. Raises CorruptStoreError; nothing was written by then.
    """
    now = boot_id() if boot is None else boot
    if not any(_is_of_lost_boot(producer, now) for producer in store.producers_not_ended()):
        return False
    size = database.stat().st_size
    if size >= _WORTH_TELLING_BYTES:
        logger.warning(
            "The machine went down while %s was in use: it is looked through for damage once, which takes about %d s.",
            database,
            -(-size // _BYTES_PER_SECOND),
        )
    store.check()
    return True


def _is_of_lost_boot(producer: Producer, boot: str) -> bool:
    if boot and producer.boot_id:
        return producer.boot_id != boot
    return bool(producer.pid) and producer.host == hostname() and start_time(producer.pid or 0) is None
