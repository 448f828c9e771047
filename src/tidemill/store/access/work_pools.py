"""Work pools: where runs are carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store import scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, one_row, scalar
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.finding import Bindings
from tidemill.store.nouns import WORK_POOLS
from tidemill.store.removing import PART
from tidemill.store.tables import Table
from tidemill.wire.work_pools import WorkPoolResponse, WorkPoolStatus
from tidemill.wire.work_queues import WorkQueueResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.store.session import Session
    from tidemill.wire.filters import WorkPoolFilter

#: The type of pools that no worker sends heartbeats for; they have no status.
AGENTS: Final = "prefect-agent"
#: What the queue is called that a pool has from the start.
DEFAULT_QUEUE: Final = "default"

_POOLS: Final = Table("work_pool", WorkPoolResponse, without=("active_slots", "status"))
_QUEUES: Final = Table("work_queue", WorkQueueResponse, without=("active_slots", "status", "work_pool_name"))
_ONLINE: Final = """
EXISTS (SELECT 1 FROM worker WHERE worker.work_pool_id = work_pool.id AND worker.online_until_us >= :now)
"""


class WorkPools(Access):
    """Making, reading and changing work pools. ``now`` decides which workers count as there."""

    def create_work_pool(self, pool: WorkPoolResponse) -> None:
        """With its default queue, whose id is the pool's ``default_queue_id``. Raises TakenError."""
        with self._connections.writing() as session:
            if not _POOLS.insert(session, pool, unless="workspace_id, name"):
                raise TakenError(f"there is a work pool '{pool.name}' already; names of pools are unique")
            assert pool.default_queue_id is not None
            queue = WorkQueueResponse(
                id=pool.default_queue_id,
                name=DEFAULT_QUEUE,
                work_pool_id=pool.id,
                description="The queue of runs that ask for no other",
                created=pool.created,
                updated=pool.updated,
            )
            _QUEUES.insert(session, queue)

    def read_work_pool(self, name: str, now: int) -> WorkPoolResponse:
        """Raises MissingError if there is none."""
        with self._connections.reading() as session:
            found = _read(session, "work_pool.name = :name", {"name": name}, now)
        if not found:
            raise missing_pool(name)
        return found[0]

    def find_work_pools(
        self, wanted: WorkPoolFilter | None = None, *, now: int, limit: int, offset: int = 0
    ) -> list[WorkPoolResponse]:
        """Those for which the filter holds, by name."""
        bindings = Bindings()
        where = WORK_POOLS.where(wanted, bindings)
        tail = f"ORDER BY work_pool.name LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return _read(session, f"{where} {tail}", bindings, now)

    def count_work_pools(self, wanted: WorkPoolFilter | None = None) -> int:
        """How many there are for which the filter holds."""
        bindings = Bindings()
        where = WORK_POOLS.where(wanted, bindings)
        with self._connections.reading() as session:
            return int(scalar(session, f"SELECT count(*) FROM work_pool WHERE {where}", bindings))

    def update_work_pool(self, name: str, changes: Mapping[str, Any], now: int) -> None:
        """Change the fields that are named. Raises MissingError."""
        with self._connections.writing() as session:
            _POOLS.update(session, pool_id(session, name), changes, updated_us=now)

    def delete_part_of_work_pool(self, name: str, *, limit: int = PART) -> bool:
        """Have up to ``limit`` runs forget that they wait in its queues; at last it is deleted.

        With its queues and workers; deployments lose it. Whether it is gone. Raises MissingError.
        """
        with self._connections.writing() as session:
            id_ = pool_id(session, name)
            queues = [row[0] for row in _queue_ids(session, id_)]
            return scheduled_runs.forget_queues(session, queues, limit) and _POOLS.delete(session, id_)


def _queue_ids(session: Session, pool: str) -> list[tuple[Any, ...]]:
    return all_rows(session, "SELECT id FROM work_queue WHERE work_pool_id = :pool", {"pool": pool})


def pool_id(session: Session, name: str) -> str:
    """The id of the pool of this name. Raises MissingError."""
    found = one_row(session, "SELECT id FROM work_pool WHERE name = :name", {"name": name})
    if found is None:
        raise missing_pool(name)
    return str(found[0])


def missing_pool(name: str) -> MissingError:
    """What to say where there is no such pool."""
    return MissingError(f"no work pool '{name}'. Make one with: tidemill work-pool create {name} --type process")


def _read(session: Session, where: str, bindings: Mapping[str, Any], now: int) -> list[WorkPoolResponse]:
    rows = all_rows(
        session,
        f"SELECT {_POOLS.selected}, CASE WHEN {_ONLINE} THEN 1 ELSE 0 END FROM work_pool WHERE {where}",
        {**bindings, "now": now},
    )
    return [_answered(session, _POOLS.thing(row[:-1]), online=bool(row[-1])) for row in rows]


def _answered(session: Session, pool: WorkPoolResponse, *, online: bool) -> WorkPoolResponse:
    if pool.concurrency_limit is not None:
        pool.active_slots = scheduled_runs.busy_in_pool(session, pool.id)
    if pool.type != AGENTS:
        pool.status = pool_status(is_paused=pool.is_paused, online=online)
    return pool


def pool_status(*, is_paused: bool, online: bool) -> WorkPoolStatus:
    """A paused pool is paused; another is ready while a worker is there."""
    if is_paused:
        return WorkPoolStatus.PAUSED
    return WorkPoolStatus.READY if online else WorkPoolStatus.NOT_READY
