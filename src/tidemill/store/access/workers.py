"""Workers: who looks for runs in a work pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.readiness import online_until
from tidemill.store.access.base import Access
from tidemill.store.access.work_pools import pool_id
from tidemill.store.asking import all_rows
from tidemill.store.errors import MissingError
from tidemill.store.finding import Bindings, Noun
from tidemill.store.tables import Table
from tidemill.wire.workers import WorkerResponse, WorkerStatus

if TYPE_CHECKING:
    from tidemill.domain.readiness import Patience
    from tidemill.wire.filters import WorkerFilter
    from tidemill.wire.operators import Filter

_WORKERS: Final = Table("worker", WorkerResponse, without=("status",))
_HEARD: Final = """
INSERT INTO worker (id, work_pool_id, name, heartbeat_interval_seconds, last_heartbeat_time_us, online_until_us,
    created_us, updated_us)
VALUES (:id, :pool, :name, :interval, :now, :until, :now, :now)
ON CONFLICT (work_pool_id, name) DO UPDATE SET last_heartbeat_time_us = excluded.last_heartbeat_time_us,
    heartbeat_interval_seconds = coalesce(excluded.heartbeat_interval_seconds, worker.heartbeat_interval_seconds),
    online_until_us = excluded.online_until_us, updated_us = excluded.updated_us
"""


class Workers(Access):
    """Hearing of workers."""

    def heard_of_worker(
        self, pool_name: str, name: str, interval: int | None, *, id_: str, now: int, patience: Patience
    ) -> None:
        """A heartbeat, by which the worker is known from now on. ``id_`` is for a new one. Raises MissingError."""
        with self._connections.writing() as session:
            session.execute(
                _HEARD,
                {
                    "id": id_,
                    "pool": pool_id(session, pool_name),
                    "name": name,
                    "interval": interval,
                    "now": now,
                    "until": online_until(now, interval, patience),
                },
            )

    def find_workers(
        self, pool_name: str, wanted: WorkerFilter | None = None, *, now: int, limit: int, offset: int = 0
    ) -> list[WorkerResponse]:
        """Those for which the filter holds, who was heard of last first. Raises MissingError for the pool."""
        bindings = Bindings(now=now)
        where = _NOUN.where(wanted, bindings)
        with self._connections.reading() as session:
            bindings["pool"] = pool_id(session, pool_name)
            tail = f"LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
            rows = all_rows(
                session,
                f"SELECT {_WORKERS.selected}, {_STATUS} FROM worker WHERE worker.work_pool_id = :pool AND {where} "
                f"ORDER BY worker.last_heartbeat_time_us DESC, worker.name {tail}",
                bindings,
            )
        return [_answered(row) for row in rows]

    def delete_worker(self, pool_name: str, name: str) -> None:
        """Forget a worker. Raises MissingError."""
        with self._connections.writing() as session:
            session.execute(
                "DELETE FROM worker WHERE work_pool_id = :pool AND name = :name",
                {"pool": pool_id(session, pool_name), "name": name},
            )
            if not session.changes():
                raise MissingError(f"no worker '{name}' in work pool '{pool_name}'")


_STATUS: Final = "CASE WHEN worker.online_until_us >= :now THEN 'ONLINE' ELSE 'OFFLINE' END"


def _status(given: Filter, bindings: Bindings) -> str:
    parts = []
    if (wanted := getattr(given, "any_", None)) is not None:
        parts.append(f"{_STATUS} IN @listed({bindings.bind(wanted)})")
    if (unwanted := getattr(given, "not_any_", None)) is not None:
        parts.append(f"{_STATUS} NOT IN @listed({bindings.bind(unwanted)})")
    return f"({' AND '.join(parts)})" if parts else ""


_NOUN: Final = Noun({"last_heartbeat_time": "worker.last_heartbeat_time_us", "status": _status})


def _answered(row: Any) -> WorkerResponse:
    worker = _WORKERS.thing(row[:-1])
    worker.status = WorkerStatus(row[-1])
    return worker
