"""The limit of a deployment's own: how many of its runs may run at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import from_us
from tidemill.store import limits
from tidemill.store.asking import all_rows, one_row
from tidemill.store.scheduled_runs import listed
from tidemill.wire.concurrency_limits import GlobalConcurrencyLimitResponse

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

_LIMIT_OF: Final = """
SELECT concurrency_limit.id, concurrency_limit.name FROM deployment
JOIN concurrency_limit ON concurrency_limit.id = deployment.concurrency_limit_id WHERE deployment.id = :id
"""
_LIMITS: Final = """
SELECT most.id, most.name, most.slots, most.active, most.slot_decay_per_second, most.created_us, most.updated_us,
    coalesce(sum(taken.slots), 0), max(taken.lease_until_us)
FROM concurrency_limit AS most
LEFT JOIN concurrency_slot AS taken ON taken.limit_id = most.id AND taken.lease_until_us > :now
WHERE most.id IN @listed(:ids)
GROUP BY most.id, most.name, most.slots, most.active, most.slot_decay_per_second, most.created_us, most.updated_us
"""
_FORGET_OF_FLOWS: Final = """
DELETE FROM concurrency_limit WHERE id IN (
    SELECT most.id FROM deployment JOIN concurrency_limit AS most ON most.id = deployment.concurrency_limit_id
    WHERE deployment.flow_id IN @listed(:ids) AND most.name = 'deployment:' || deployment.id)
"""
_SECOND_US: Final = 1_000_000
_LINK: Final = "UPDATE deployment SET concurrency_limit_id = :limit WHERE id = :id"


def own_name(deployment_id: str) -> str:
    """What a deployment's own limit is called among the global ones."""
    return f"deployment:{deployment_id}"


def limits_by_id(session: Session, ids: Collection[str], now: int) -> dict[str, GlobalConcurrencyLimitResponse]:
    """The limits of deployments, with what is taken of each now."""
    if not ids:
        return {}
    rows = all_rows(session, _LIMITS, {"ids": listed(ids), "now": now})
    return {row[0]: _answered(row, now) for row in rows}


def _answered(row: tuple[Any, ...], now: int) -> GlobalConcurrencyLimitResponse:
    id_, name, slots, active, decay, created, updated, taken, last = row
    if decay and last is not None:  # a bucket that leaks: what is left follows from when it will be empty
        taken = (last - now) / _SECOND_US * decay
    return GlobalConcurrencyLimitResponse(
        active_slots=round(taken),
        id=id_,
        limit=slots,
        name=name,
        active=bool(active),
        created=from_us(created),
        slot_decay_per_second=decay,
        updated=from_us(updated),
    )


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


def forget_limits_of_flows(session: Session, flow_ids: Collection[str]) -> None:
    """The own limits of all deployments of flows that are about to go, deployments and all."""
    session.execute(_FORGET_OF_FLOWS, {"ids": listed(flow_ids)})


def _limit_of(session: Session, deployment_id: str) -> tuple[Any, ...] | None:
    return one_row(session, _LIMIT_OF, {"id": deployment_id})
