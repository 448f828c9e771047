"""Whose status is another than what was last told of it: work pools, their queues, deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from tidemill.store.access.work_pools import AGENTS
from tidemill.store.asking import all_rows

if TYPE_CHECKING:
    from tidemill.store.session import Session

Kind = Literal["work-pool", "work-queue", "deployment"]
Status = Literal["ready", "not-ready", "paused"]

_QUEUE_READY: Final = "work_queue.last_polled_us >= :queue_since AND work_queue.is_paused = 0"
#: Of each kind: what it is called, its kind of pool or pool, and its status now.
_NOW: Final[dict[Kind, str]] = {
    "work-pool": f"""
SELECT work_pool.id, work_pool.name, work_pool.type AS about, NULL AS pool_id, NULL AS pool_name,
    CASE WHEN work_pool.is_paused = 1 THEN 'paused' WHEN EXISTS (
        SELECT 1 FROM worker WHERE worker.work_pool_id = work_pool.id AND worker.online_until_us >= :now
    ) THEN 'ready' ELSE 'not-ready' END AS status
FROM work_pool WHERE work_pool.type <> '{AGENTS}'""",
    "work-queue": f"""
SELECT work_queue.id, work_queue.name, NULL AS about, work_pool.id AS pool_id, work_pool.name AS pool_name,
    CASE WHEN work_queue.is_paused = 1 THEN 'paused' WHEN {_QUEUE_READY} THEN 'ready' ELSE 'not-ready' END AS status
FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id""",
    "deployment": """
SELECT deployment.id, deployment.name, deployment.flow_id AS about, NULL AS pool_id, NULL AS pool_name,
    CASE WHEN deployment.last_polled_us >= :deployment_since OR work_queue.last_polled_us >= :deployment_since
        THEN 'ready' ELSE 'not-ready' END AS status
FROM deployment LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id""",
}
#: Nobody is told that something is not ready of which nobody heard that it was.
_CHANGED: Final = """
SELECT present.id, present.name, present.about, present.pool_id, present.pool_name, present.status,
    told.event_id, told.told_us
FROM ({now}) AS present LEFT JOIN told_status AS told ON told.kind = '{kind}' AND told.id = present.id
WHERE present.status <> coalesce(told.status, 'not-ready') ORDER BY present.id LIMIT :most
"""
_TELL: Final = """
INSERT INTO told_status (kind, id, status, event_id, told_us) VALUES (:kind, :id, :status, :event_id, :now)
ON CONFLICT (kind, id) DO UPDATE SET status = excluded.status, event_id = excluded.event_id, told_us = excluded.told_us
"""


class Changed(NamedTuple):
    """Something whose status is to be told. ``about``: a pool's type, a deployment's flow. ``told_us``: when last."""

    kind: Kind
    id: str
    name: str
    about: str | None
    pool_id: str | None
    pool_name: str | None
    status: Status
    last_event: str | None
    told_us: int | None


def changed(session: Session, now: int, *, queue_since: int, deployment_since: int, most: int) -> list[Changed]:
    """What is to be told of each kind, as far as ``most`` goes."""
    given: dict[str, Any] = {
        "now": now,
        "queue_since": queue_since,
        "deployment_since": deployment_since,
        "most": most,
    }
    found: list[Changed] = []
    for kind, sql in _NOW.items():
        rows = all_rows(session, _CHANGED.format(now=sql, kind=kind), given)
        found += [Changed(kind, *row) for row in rows]
    return found


def tell(session: Session, change: Changed, event_id: str, now: int) -> None:
    """Remember that it was told."""
    told = {"kind": change.kind, "id": change.id, "status": change.status, "event_id": event_id, "now": now}
    session.execute(_TELL, told)
