"""The records a store read or wrote last, so that reading one again costs nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidemill.results.record import ResultRecord


class Recents:
    """At most ``limit`` records, the least recently used going first."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._guard = threading.Lock()
        self._records: OrderedDict[str, ResultRecord[Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: str) -> bool:
        return key in self._records

    def get(self, key: str) -> ResultRecord[Any] | None:
        """The record of this name, if it is here."""
        with self._guard:
            record = self._records.get(key)
            if record is not None:
                self._records.move_to_end(key)
            return record

    def put(self, key: str, record: ResultRecord[Any]) -> None:
        """Remember a record."""
        with self._guard:
            self._records[key] = record
            self._records.move_to_end(key)
            while len(self._records) > self._limit:
                self._records.popitem(last=False)

    def forget(self, key: str) -> None:
        """Drop a record."""
        with self._guard:
            self._records.pop(key, None)


def default_cache() -> Recents:
    """What a new store remembers records in: at most a thousand."""
    return Recents(limit=1000)
