"""Flow runs that wait for their time in a queue or of a deployment, and those that take a slot there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.store import asking
from tidemill.store.asking import all_rows, scalar

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

#: As the partial index flow_run_busy says it, so that it is used.
BUSY: Final = "flow_run.state_type IN ('PENDING', 'RUNNING', 'CANCELLING')"
_WAITING: Final = "flow_run.state_type = 'SCHEDULED'"
_BUSY_BY_QUEUE: Final = f"""
SELECT flow_run.work_queue_id, count(*) FROM flow_run @sqlite(INDEXED BY flow_run_busy)
WHERE flow_run.work_queue_id IN @listed(:queues) AND {BUSY} GROUP BY flow_run.work_queue_id
"""
_BUSY_IN_POOL: Final = f"""
SELECT count(*) FROM flow_run @sqlite(INDEXED BY flow_run_busy)
WHERE flow_run.work_queue_id IN (SELECT id FROM work_queue WHERE work_pool_id = :pool) AND {BUSY}
"""
_DUE_IN_QUEUE: Final = f"""
SELECT flow_run.id FROM flow_run
WHERE flow_run.work_queue_id = :queue AND {_WAITING} AND flow_run.next_scheduled_start_us <= :before
    AND flow_run.next_scheduled_start_us >= :after
ORDER BY flow_run.next_scheduled_start_us, flow_run.id LIMIT :most
"""
_DUE_OF_DEPLOYMENT: Final = f"""
SELECT flow_run.next_scheduled_start_us, flow_run.id FROM flow_run
WHERE flow_run.deployment_id = :deployment AND {_WAITING} AND flow_run.next_scheduled_start_us <= :before
ORDER BY flow_run.next_scheduled_start_us, flow_run.id LIMIT :most
"""
_FORGOTTEN: Final = """
UPDATE flow_run SET work_queue_id = NULL WHERE id IN (
    SELECT id FROM flow_run WHERE work_queue_id IN @listed(:queues) AND end_us IS NULL LIMIT :most)
"""
#: More runs than there are.
_ALL: Final = 2**31
#: Before the first and after the last moment that can be told.
BEGINNING: Final = -(2**62)
END: Final = 2**62


def busy_by_queue(session: Session, queues: Collection[str]) -> dict[str, int]:
    """How many runs of each queue take a slot; queues without any are left out."""
    return dict(all_rows(session, _BUSY_BY_QUEUE, {"queues": listed(queues)}))


def busy_in_pool(session: Session, pool: str) -> int:
    """How many runs of all its queues take a slot."""
    return int(scalar(session, _BUSY_IN_POOL, {"pool": pool}))


def due_in_queue(session: Session, queue: str, *, before: int, after: int, most: int) -> list[str]:
    """The ids of runs that wait in a queue for a time up to ``before``, the earliest first."""
    bindings = {"queue": queue, "before": before, "after": after, "most": most}
    return [row[0] for row in all_rows(session, _DUE_IN_QUEUE, bindings)]


def due_of_deployments(session: Session, deployments: Collection[str], *, before: int, most: int) -> list[str]:
    """The ids of runs of these deployments that wait for a time up to ``before``, the earliest first."""
    found: list[tuple[int, str]] = []
    for deployment in deployments:
        found += all_rows(
            session, _DUE_OF_DEPLOYMENT, {"deployment": deployment, "before": before, "most": most}
        )  # fmt: skip
    return [id_ for _, id_ in sorted(found)[:most]]


def late_in_queue(session: Session, queue: str, now: int) -> int:
    """How many runs wait in a queue although their time has come."""
    return int(
        scalar(
            session,
            f"SELECT count(*) FROM flow_run WHERE flow_run.work_queue_id = :queue AND {_WAITING} "
            "AND flow_run.next_scheduled_start_us <= :now AND flow_run.state_name = 'Late'",
            {"queue": queue, "now": now},
        )
    )


def forget_queues(session: Session, queues: Collection[str], most: int) -> bool:
    """Runs of queues that are deleted are in none: up to ``most`` of them. Whether there is none left."""
    session.execute(_FORGOTTEN, {"queues": listed(queues), "most": most})
    return session.changes() < most


def withdraw(
    session: Session, deployment: str, schedule: str | None = None, *, also_asked_for: bool = False, most: int = _ALL
) -> bool:
    """Delete runs of a deployment, or of one of its schedules, that wait for their time and that nothing has begun.

    Only those that a scheduler made, unless ``also_asked_for``. The scheduler looks at the schedules anew; if it is
    just at them, it is waited for, so that nothing comes of what was said before. Up to ``most``; whether none is left.
    """
    hold(session, deployment)
    look_again(session, deployment)
    parts = ["deployment_id = :deployment", "state_type = 'SCHEDULED'", "run_count = 0"]
    bindings: dict[str, Any] = {"deployment": deployment, "most": most}
    if not also_asked_for:
        parts.append("auto_scheduled = 1")
    if schedule is not None:
        bindings["key"] = f"scheduled {deployment} {schedule} "
        parts.append("substr(idempotency_key, 1, length(:key)) = :key")
    at = "@sqlite(INDEXED BY flow_run_deployment_due)"
    found = f"SELECT id FROM flow_run {at} WHERE {' AND '.join(parts)} LIMIT :most"
    session.execute(f"DELETE FROM flow_run WHERE id IN ({found})", bindings)
    return session.changes() < most


def hold(session: Session, deployment: str) -> None:
    """Wait for who is at the deployment's schedules, and keep others from them until this transaction is over.

    Whoever changes a deployment's schedules or runs does this first: two that took them in another order would wait for
    each other.
    """
    asking.hold(session, "deployment", deployment)


def look_again(session: Session, deployment: str) -> None:
    """Let the scheduler look at the deployment's schedules at once."""
    session.execute("UPDATE deployment_schedule SET next_look_us = 0 WHERE deployment_id = :id", {"id": deployment})


def listed(values: Collection[Any]) -> str:
    """Values as ``@listed`` takes them."""
    return msgspec.json.encode(list(values)).decode()
