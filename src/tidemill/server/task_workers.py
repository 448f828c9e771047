"""Who has subscribed to scheduled task runs at this server: kept in memory, since a subscription lives as its
connection does. The subscription's websocket tells of each, and that it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class TaskWorker:
    """A subscriber. ``seen``: when it was heard of last, in microseconds."""

    identifier: str
    task_keys: frozenset[str]
    seen: int


class TaskWorkers:
    """All subscribers, by who they say they are. One may be connected more than once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._workers: dict[str, TaskWorker] = {}
        self._connections: dict[str, int] = {}

    def subscribed(self, identifier: str, task_keys: Collection[str], now: int) -> None:
        """A task worker is connected, and takes these tasks beside those it took before."""
        with self._lock:
            known = self._workers.get(identifier)
            keys = frozenset(task_keys) | (known.task_keys if known is not None else frozenset())
            self._workers[identifier] = TaskWorker(identifier, keys, now)
            self._connections[identifier] = self._connections.get(identifier, 0) + 1

    def heard_of(self, identifier: str, now: int) -> None:
        """It is there still."""
        with self._lock:
            known = self._workers.get(identifier)
            if known is not None:
                self._workers[identifier] = TaskWorker(identifier, known.task_keys, now)

    def gone(self, identifier: str) -> None:
        """One of its connections is closed; with the last one it is forgotten."""
        with self._lock:
            left = self._connections.get(identifier, 0) - 1
            if left > 0:
                self._connections[identifier] = left
            else:
                self._connections.pop(identifier, None)
                self._workers.pop(identifier, None)

    def taking(self, task_keys: Collection[str] | None = None) -> list[TaskWorker]:
        """Those that take one of these tasks, or all, by identifier."""
        with self._lock:
            found = sorted(self._workers.values(), key=lambda worker: worker.identifier)
        return [worker for worker in found if task_keys is None or not worker.task_keys.isdisjoint(task_keys)]


#: Those of this process.
TASK_WORKERS: Final = TaskWorkers()
