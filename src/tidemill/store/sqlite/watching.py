"""Noticing what other processes wrote to the file: SQLite counts, for each connection, the commits of all others."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Final

from tidemill.store.asking import scalar
from tidemill.store.sqlite.connection import open_reader

if TYPE_CHECKING:
    from pathlib import Path

#: How often the count is looked at. Looking takes a few microseconds: it is in the memory that processes share.
LOOK_EVERY_SECONDS: Final = 0.08


class FileWatch:
    """A connection of its own, that looks at the count."""

    def __init__(self, path: Path, vfs: str | None) -> None:
        self._stopped = Event()
        self._connection = open_reader(path, vfs=vfs)
        self._seen = self._count()

    def _count(self) -> int:
        return int(scalar(self._connection, "PRAGMA data_version"))  # type: ignore[arg-type]  # asked in SQLite's words

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

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
