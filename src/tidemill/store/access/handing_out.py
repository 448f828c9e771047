"""Handing out scheduled runs to who polls for them. Nothing is claimed by it: the claim is the state that a worker
proposes, and of two workers one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tidemill.domain.handing_out import PoolNow, QueueNow, in_order, may_hand_out
from tidemill.store import scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.access.work_pools import missing_pool
from tidemill.store.access.work_queues import missing_queue
from tidemill.store.asking import all_rows, one_row
from tidemill.store.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

_POOL: Final = "SELECT id, concurrency_limit, is_paused FROM work_pool WHERE name = :name"
_QUEUES: Final = """
SELECT id, name, priority, concurrency_limit, is_paused FROM work_queue WHERE work_pool_id = :pool
"""


class HandedOut(NamedTuple):
    """A run, and where it came from."""

    pool_id: str
    queue_id: str
    run_id: str


class HandingOut(Access):
    """What workers, runners and agents poll."""

    def hand_out_runs(
        self,
        pool_name: str,
        *,
        now: int,
        limit: int,
        queue_names: Collection[str] | None = None,
        before: int = scheduled_runs.END,
        after: int = scheduled_runs.BEGINNING,
    ) -> list[HandedOut]:
        """Runs of a pool that are due up to ``before``: by priority of their queue, then by time, within all limits.

        Paused queues give none. The queues count as polled now. Raises MissingError for the pool or a queue.
        """
        with self._connections.writing() as session:
            pool, queues = _pool(session, pool_name, queue_names)
            polled = [queue.id for queue in queues.asked]
            _mark_polled(session, polled, now)
            found: list[HandedOut] = []
            left = may_hand_out(queues.pool, limit)
            for queue, share in in_order(queues.asked, left):
                most = min(share, left - len(found))
                if most <= 0:
                    break
                due = scheduled_runs.due_in_queue(session, queue, before=before, after=after, most=most)
                found += [HandedOut(pool, queue, run) for run in due]
            return found

    def poll_work_queue(self, queue_id: str, *, now: int, limit: int, before: int, seen: bool = True) -> list[str]:
        """The ids of the runs of one queue that are due up to ``before``. ``seen``: it counts as polled.

        Raises MissingError.
        """
        names = """
        SELECT work_pool.name, work_queue.name FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id
        WHERE work_queue.id = :id
        """
        with self._connections.writing() as session:
            found = one_row(session, names, {"id": queue_id})
            if found is None:
                raise MissingError(f"no work queue '{queue_id}'")
            _, queues = _pool(session, found[0], [found[1]])
            if seen:
                _mark_polled(session, [queue_id], now)
            left = may_hand_out(queues.pool, limit)
            return [
                run
                for queue, share in in_order(queues.asked, left)
                for run in scheduled_runs.due_in_queue(
                    session, queue, before=before, after=scheduled_runs.BEGINNING, most=share
                )
            ]

    def due_of_deployments(self, deployment_ids: Collection[str], *, now: int, limit: int, before: int) -> list[str]:
        """The ids of runs of these deployments that are due up to ``before``. The deployments count as polled now."""
        with self._connections.writing() as session:
            session.execute(
                "UPDATE deployment SET last_polled_us = :now WHERE id IN @listed(:ids)",
                {"now": now, "ids": scheduled_runs.listed(deployment_ids)},
            )
            return scheduled_runs.due_of_deployments(session, deployment_ids, before=before, most=limit)


class _Queues(NamedTuple):
    pool: PoolNow
    asked: list[QueueNow]


def _pool(session: Session, name: str, wanted: Collection[str] | None) -> tuple[str, _Queues]:
    pool = one_row(session, _POOL, {"name": name})
    if pool is None:
        raise missing_pool(name)
    id_, limit, paused = pool
    rows = all_rows(session, _QUEUES, {"pool": id_})
    unknown = sorted(set(wanted or ()) - {row[1] for row in rows})
    if unknown:
        raise missing_queue(name, unknown[0])
    busy = _busy(session, rows, limit)
    queues = [
        QueueNow(queue, priority, busy.get(queue, 0), most, bool(stopped))
        for queue, called, priority, most, stopped in rows
        if not wanted or called in wanted
    ]
    return str(id_), _Queues(PoolNow(sum(busy.values()), limit, bool(paused)), queues)


def _busy(session: Session, queues: list[tuple[Any, ...]], pool_limit: int | None) -> dict[str, int]:
    """Counted only where a limit asks for it."""
    counted = [row[0] for row in queues if pool_limit is not None or row[3] is not None]
    return scheduled_runs.busy_by_queue(session, counted) if counted else {}


def _mark_polled(session: Session, queues: Collection[str], now: int) -> None:
    session.execute(
        "UPDATE work_queue SET last_polled_us = :now WHERE id IN @listed(:ids)",
        {"now": now, "ids": scheduled_runs.listed(queues)},
    )
