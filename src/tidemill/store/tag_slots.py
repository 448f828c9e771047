"""Slots of the limits on tags, held by task runs that clients tell of. A tag's limit is called ``tag:<tag>``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.facts import TagLimit
from tidemill.store.asking import all_rows
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.store.judging import Circumstances
    from tidemill.store.session import Session

PREFIX: Final = "tag:"
#: A task run holds its slots until it is over, however long it runs.
_FOR_EVER_US: Final = 2**62
_LIMITS: Final = """
SELECT most.name, most.slots,
    (SELECT coalesce(sum(taken.slots), 0) FROM concurrency_slot AS taken
        WHERE taken.limit_id = most.id AND taken.lease_until_us > :now),
    (SELECT count(*) FROM concurrency_slot AS mine WHERE mine.limit_id = most.id AND mine.lease_id = :task_run)
FROM concurrency_limit AS most
WHERE most.workspace_id = 1 AND most.name IN @listed(:names) AND most.active = 1 ORDER BY most.id @locked(most)
"""
_TAKE: Final = """
INSERT INTO concurrency_slot (limit_id, lease_id, slots, holder, acquired_us, lease_until_us)
SELECT id, CAST(:task_run AS TEXT), 1, CAST(:task_run AS TEXT), CAST(:now AS BIGINT), CAST(:until AS BIGINT)
FROM concurrency_limit WHERE workspace_id = 1 AND name IN @listed(:names)
ON CONFLICT (limit_id, lease_id) DO NOTHING
"""


def _names(tags: Sequence[str]) -> str:
    return bound([PREFIX + tag for tag in tags])


def limits_of(session: Session, task_run_id: str, tags: Sequence[str], now: int) -> tuple[TagLimit, ...]:
    """The limits that there are on the tags."""
    rows = all_rows(session, _LIMITS, {"now": now, "task_run": task_run_id, "names": _names(tags)})
    return tuple(
        TagLimit(tag=name.removeprefix(PREFIX), limit=slots, free=slots - int(taken), held=bool(mine))
        for name, slots, taken, mine in rows
    )


def take(session: Session, task_run_id: str, tags: Sequence[str], around: Circumstances) -> None:
    """A slot of each."""
    given = {"task_run": task_run_id, "now": around.now, "until": _FOR_EVER_US, "names": _names(tags)}
    session.execute(_TAKE, given)


def release(session: Session, task_run_id: str) -> None:
    """Give all of them back; doing it twice is harmless."""
    session.execute("DELETE FROM concurrency_slot WHERE lease_id = :task_run", {"task_run": task_run_id})
