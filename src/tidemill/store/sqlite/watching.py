"""Noticing what others wrote, by a count that SQLite keeps of it."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Final

from tidemill.store.sqlite.connection import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import apsw

#: How often the count is looked at. Looking takes a few microseconds: it is in the memory that processes share.
LOOK_EVERY_SECONDS: Final = 0.08


class CountWatch:
    """Looks whether a count is another."""

    def __init__(self, count: Callable[[], int], close: Callable[[], None] = lambda: None) -> None:
        self._stopped = Event()
        self._count = count
        self._seen = count()
        self.close = close

    def wait(self, seconds: float) -> bool:
        """Until the count is another, or for some seconds."""
        while seconds > 0 and not self._stopped.wait(min(LOOK_EVERY_SECONDS, seconds)):
            seconds -= LOOK_EVERY_SECONDS
            seen = self._count()
            if seen != self._seen:
                self._seen = seen
                return True
        return False

    def stop(self) -> None:
        """Let whoever waits go."""
        self._stopped.set()


def watch_file(path: Path, vfs: str | None) -> CountWatch:
    """By a connection of its own: SQLite tells each of the commits of all others, in whatever process."""
    connection = open_reader(path, vfs=vfs)
    return CountWatch(lambda: _data_version(connection), connection.close)


def _data_version(connection: apsw.Connection) -> int:
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    assert isinstance(version, int)
    return version
