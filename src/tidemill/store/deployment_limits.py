"""The limit of a deployment's own: how many of its runs may run at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import from_us
from tidemill.store import limits
from tidemill.store.asking import one_row

if TYPE_CHECKING:
    from tidemill.store.session import Session

_LIMIT_OF: Final = """
SELECT concurrency_limit.id, concurrency_limit.name FROM deployment
JOIN concurrency_limit ON concurrency_limit.id = deployment.concurrency_limit_id WHERE deployment.id = :id
"""
_LINK: Final = "UPDATE deployment SET concurrency_limit_id = :limit WHERE id = :id"


def own_name(deployment_id: str) -> str:
    """What a deployment's own limit is called among the global ones."""
    return f"deployment:{deployment_id}"


def set_limit(session: Session, deployment_id: str, slots: int | None, now: int, *, limit_id: str) -> None:
    """Make, change or take away a deployment's own limit; one that is shared is no longer its."""
    if slots is None:
        forget_limit(session, deployment_id)
        return
    own = own_name(deployment_id)
    found = _limit_of(session, deployment_id)
    if found is not None and found[1] == own:
        limits.update(session, own, now, name=None, slots=slots, active=None, decay=None)
        return
    at = from_us(now)
    limit = ConcurrencyLimit(id=limit_id, name=own, limit=slots, active_slots=0, created=at, updated=at)
    limits.create(session, limit, now)
    session.execute(_LINK, {"limit": limit_id, "id": deployment_id})


def forget_limit(session: Session, deployment_id: str) -> None:
    """A deployment is not limited any longer. A shared limit stays for the others."""
    found = _limit_of(session, deployment_id)
    if found is None:
        return
    session.execute(_LINK, {"limit": None, "id": deployment_id})
    if found[1] == own_name(deployment_id):
        limits.delete(session, found[1])


def _limit_of(session: Session, deployment_id: str) -> tuple[Any, ...] | None:
    return one_row(session, _LIMIT_OF, {"id": deployment_id})
