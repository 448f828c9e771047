"""Queues of work pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.queue_priorities import lowest_free, made_room
from tidemill.domain.readiness import was_polled
from tidemill.domain.states import to_us
from tidemill.store import scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.access.work_pools import DEFAULT_QUEUE, pool_id
from tidemill.store.asking import all_rows, hold, scalar
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.finding import Bindings
from tidemill.store.nouns import WORK_QUEUES
from tidemill.store.removing import PART
from tidemill.store.tables import Table
from tidemill.wire.work_queues import WorkQueueResponse, WorkQueueStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.domain.readiness import Patience
    from tidemill.store.session import Session
    from tidemill.wire.filters import WorkQueueFilter

_QUEUES: Final = Table("work_queue", WorkQueueResponse, without=("active_slots", "status", "work_pool_name"))
_NAMED: Final = "SELECT id FROM work_queue WHERE work_pool_id = :pool AND name = :name"
_JOINED: Final = "JOIN work_pool ON work_pool.id = work_queue.work_pool_id"


class WorkQueues(Access):
    """Making, reading and changing queues. ``now`` and ``patience`` decide which count as polled."""

    def create_work_queue(self, pool_name: str, queue: WorkQueueResponse, *, priority: int | None) -> WorkQueueResponse:
        """In a pool, at a priority or the lowest that is free. Raises MissingError for the pool, TakenError."""
        with self._connections.writing() as session:
            queue.work_pool_id = pool_id(session, pool_name)
            queue.work_pool_name = pool_name
            taken = _priorities(session, queue.work_pool_id)
            queue.priority = lowest_free(taken.values()) if priority is None else priority
            if not _QUEUES.insert(session, queue, unless="work_pool_id, name"):
                raise _taken(queue.name, pool_name)
            _step_back(session, made_room(taken, queue.priority))
            return queue

    def read_work_queue(self, id_: str, now: int, patience: Patience) -> WorkQueueResponse:
        """By id. Raises MissingError."""
        with self._connections.reading() as session:
            found = _read(session, "work_queue.id = :id", {"id": id_}, now, patience)
        if not found:
            raise MissingError(f"no work queue '{id_}'")
        return found[0]

    def read_work_queue_by_name(self, pool_name: str, name: str, now: int, patience: Patience) -> WorkQueueResponse:
        """Raises MissingError."""
        with self._connections.reading() as session:
            found = _read(
                session, "work_pool.name = :pool AND work_queue.name = :name", {"pool": pool_name, "name": name},
                now, patience,
            )  # fmt: skip
        if not found:
            raise missing_queue(pool_name, name)
        return found[0]

    def find_work_queues(
        self,
        wanted: WorkQueueFilter | None = None,
        *,
        pool_name: str | None = None,
        now: int,
        patience: Patience,
        limit: int,
        offset: int = 0,
    ) -> list[WorkQueueResponse]:
        """Those for which the filter holds: of one pool by priority, of all by name. Raises MissingError for a pool."""
        bindings = Bindings()
        where, order = WORK_QUEUES.where(wanted, bindings), "work_queue.name, work_queue.created_us, work_queue.id"
        with self._connections.reading() as session:
            if pool_name is not None:
                where = f"work_queue.work_pool_id = {bindings.bind(pool_id(session, pool_name))} AND {where}"
                order = "work_queue.priority, work_queue.id"
            tail = f"ORDER BY {order} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
            return _read(session, f"{where} {tail}", bindings, now, patience)

    def ensure_work_queue(self, pool_name: str, name: str | None, fresh: WorkQueueResponse) -> str:
        """The id of a pool's queue, which is made from ``fresh`` if there is none; of its default queue without a name.

        Raises MissingError for the pool.
        """
        with self._connections.writing() as session:
            return _ensure(session, pool_name, name, fresh)

    def update_work_queue(self, id_: str, changes: Mapping[str, Any], now: int) -> None:
        """Change the fields that are named; queues that stand in the way of a priority step back.

        Raises MissingError, or TakenError for a name that another queue of the pool has.
        """
        with self._connections.writing() as session:
            pool = scalar(session, "SELECT work_pool_id FROM work_queue WHERE id = :id", {"id": id_})
            if pool is None:
                raise MissingError(f"no work queue '{id_}'")
            if (name := changes.get("name")) is not None:
                _check_name(session, pool, id_, name)
            if (priority := changes.get("priority")) is not None:
                _step_back(session, made_room(_priorities(session, pool), priority, for_queue=id_))
            _QUEUES.update(session, id_, changes, updated_us=now)

    def delete_part_of_work_queue(self, id_: str, *, limit: int = PART) -> bool:
        """Have up to ``limit`` runs forget that they wait in it; at last it is deleted, and deployments lose it.

        Whether it is gone. Raises MissingError, or TakenError for a pool's default queue, which goes with it."""
        with self._connections.writing() as session:
            pool = scalar(session, "SELECT name FROM work_pool WHERE default_queue_id = :id", {"id": id_})
            if pool is not None:
                raise TakenError(
                    f"the default queue of work pool '{pool}' goes only with the pool. Delete that, or pause the queue"
                )
            if not scheduled_runs.forget_queues(session, [id_], limit):
                return False
            if not _QUEUES.delete(session, id_):
                raise MissingError(f"no work queue '{id_}'")
            return True


def _ensure(session: Session, pool_name: str, name: str | None, fresh: WorkQueueResponse) -> str:
    if name is None or name == DEFAULT_QUEUE:
        default = scalar(session, "SELECT default_queue_id FROM work_pool WHERE name = :pool", {"pool": pool_name})
        return str(default or pool_id(session, pool_name))  # the latter says that there is no such pool
    pool = pool_id(session, pool_name)
    wanted = {"pool": pool, "name": name}
    found = scalar(session, _NAMED, wanted)
    if found is None:
        fresh.work_pool_id, fresh.name = pool, name
        fresh.priority = lowest_free(_priorities(session, pool).values())
        if _QUEUES.insert(session, fresh, unless="work_pool_id, name"):
            return fresh.id
        found = scalar(session, _NAMED, wanted)  # another server made it just now
    return str(found)


def missing_queue(pool: str, name: str) -> MissingError:
    """What to say where a pool has no such queue."""
    return MissingError(
        f"no work queue '{name}' in work pool '{pool}'. Make one with: tidemill work-queue create {name} --pool {pool}"
    )


def _read(
    session: Session, where: str, bindings: Mapping[str, Any], now: int, patience: Patience
) -> list[WorkQueueResponse]:
    rows = all_rows(
        session, f"SELECT {_QUEUES.selected}, work_pool.name FROM work_queue {_JOINED} WHERE {where}", bindings
    )
    return [_answered(session, row, now, patience) for row in rows]


def _answered(session: Session, row: Sequence[Any], now: int, patience: Patience) -> WorkQueueResponse:
    queue = _QUEUES.thing(row[:-1])
    queue.work_pool_name = row[-1]
    queue.status = queue_status(queue, now, patience)
    if queue.concurrency_limit is not None:
        queue.active_slots = scheduled_runs.busy_by_queue(session, [queue.id]).get(queue.id, 0)
    return queue


def queue_status(queue: WorkQueueResponse, now: int, patience: Patience) -> WorkQueueStatus:
    """A paused queue is paused; another is ready while somebody polls it."""
    if queue.is_paused:
        return WorkQueueStatus.PAUSED
    polled = None if queue.last_polled is None else to_us(queue.last_polled)
    return WorkQueueStatus.READY if was_polled(polled, now, patience.queue) else WorkQueueStatus.NOT_READY


def _priorities(session: Session, pool: str) -> dict[str, int]:
    """By queue id. The pool is held, so that nobody else gives its priorities away meanwhile."""
    hold(session, "work_pool", pool)
    return dict(all_rows(session, "SELECT id, priority FROM work_queue WHERE work_pool_id = :pool", {"pool": pool}))


def _step_back(session: Session, moved: Mapping[str, int]) -> None:
    session.executemany(
        "UPDATE work_queue SET priority = :priority WHERE id = :id",
        [{"id": id_, "priority": priority} for id_, priority in moved.items()],
    )


def _check_name(session: Session, pool: str, id_: str, name: str) -> None:
    others = "SELECT 1 FROM work_queue WHERE work_pool_id = :pool AND name = :name AND id <> :id"
    if scalar(session, others, {"pool": pool, "name": name, "id": id_}):
        raise _taken(name, str(scalar(session, "SELECT name FROM work_pool WHERE id = :pool", {"pool": pool})))


def _taken(name: str, pool: str) -> TakenError:
    return TakenError(f"there is a work queue '{name}' in work pool '{pool}' already")
