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
SELECT id, name, slots FROM concurrency_limit
WHERE workspace_id = 1 AND name IN @listed(:names) AND active = 1 ORDER BY name @locked(concurrency_limit)
"""
_TAKEN: Final = """
SELECT limit_id, sum(CASE WHEN lease_until_us > :now THEN slots ELSE 0 END),
    sum(CASE lease_id WHEN :task_run THEN 1 ELSE 0 END)
FROM concurrency_slot WHERE limit_id IN @listed(:limits) GROUP BY limit_id
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
    limits = all_rows(session, _LIMITS, {"names": _names(tags)})
    if not limits:
        return ()
    wanted = {"now": now, "task_run": task_run_id, "limits": bound([id_ for id_, _, _ in limits])}
    held = {id_: (int(taken), bool(mine)) for id_, taken, mine in all_rows(session, _TAKEN, wanted)}
    found = [(name.removeprefix(PREFIX), slots, *held.get(id_, (0, False))) for id_, name, slots in limits]
    return tuple(TagLimit(tag=tag, limit=slots, free=slots - taken, held=mine) for tag, slots, taken, mine in found)


def take(session: Session, task_run_id: str, tags: Sequence[str], around: Circumstances) -> None:
    """A slot of each."""
    given = {"task_run": task_run_id, "now": around.now, "until": _FOR_EVER_US, "names": _names(tags)}
    session.execute(_TAKE, given)


def release(session: Session, task_run_id: str) -> None:
    """Give all of them back; doing it twice is harmless."""
    session.execute("DELETE FROM concurrency_slot WHERE lease_id = :task_run", {"task_run": task_run_id})
