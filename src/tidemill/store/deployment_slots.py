"""Slots of deployments' limits, held by flow runs. They are rows like all other slots, and counted when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from tidemill.domain.orchestration.facts import DeploymentLimit
from tidemill.store.asking import all_rows, one_row, scalar

if TYPE_CHECKING:
    from tidemill.domain.orchestration.effects import ReleaseDeploymentSlot, TakeDeploymentSlot
    from tidemill.store.judging import Circumstances
    from tidemill.store.session import Session

_SECOND_US: Final = 1_000_000
#: Until when a slot is held that nobody renews.
_FOR_EVER_US: Final = 2**62
_ASKED: Final = "SELECT concurrency_limit_id, concurrency_options FROM deployment WHERE id = :deployment"
_SLOTS: Final = "SELECT slots FROM concurrency_limit WHERE id = :limit AND active = 1 @locked(concurrency_limit)"
_TAKEN: Final = """
SELECT coalesce(sum(slots), 0), coalesce(sum(CASE lease_id WHEN :lease THEN 1 ELSE 0 END), 0)
FROM concurrency_slot WHERE limit_id = :limit AND lease_until_us > :now
"""
_TAKE: Final = """
INSERT INTO concurrency_slot (limit_id, lease_id, slots, holder, acquired_us, lease_until_us)
VALUES (:limit, :lease, 1, :flow_run, :now, :until)
"""
_RENEW: Final = "UPDATE concurrency_slot SET lease_until_us = :until WHERE lease_id = :lease"
_RELEASE: Final = """
DELETE FROM concurrency_slot WHERE holder = :flow_run
    AND limit_id = (SELECT concurrency_limit_id FROM deployment WHERE id = :deployment)
"""


class _Options(msgspec.Struct):
    """What a deployment says about its limit."""

    collision_strategy: Literal["ENQUEUE", "CANCEL_NEW"] = "ENQUEUE"
    grace_period_seconds: int | None = None


_options: Final = msgspec.json.Decoder(_Options, strict=False).decode


def limit_of(session: Session, deployment_id: str, lease_id: str | None, now: int) -> DeploymentLimit | None:
    """The deployment's limit, if it has one; ``lease_id`` is what the run says that it holds."""
    limit_id, options = one_row(session, _ASKED, {"deployment": deployment_id}) or (None, None)
    slots = None if limit_id is None else scalar(session, _SLOTS, {"limit": limit_id})
    if slots is None:
        return None
    ((taken, mine),) = all_rows(session, _TAKEN, {"limit": limit_id, "lease": lease_id, "now": now})
    said = _Options() if options is None else _options(options)
    return DeploymentLimit(
        id=limit_id,
        limit=slots,
        free=slots - int(taken),
        strategy=said.collision_strategy,
        grace_seconds=said.grace_period_seconds or 0,
        lease_is_live=bool(mine),
    )


def take(session: Session, slot: TakeDeploymentSlot, around: Circumstances) -> None:
    """A slot for the flow run, for as long as the deployment grants one that is not heard of."""
    until = around.now + round((slot.grace_seconds or around.lease_seconds) * _SECOND_US)
    given = {"limit": slot.limit_id, "lease": slot.lease_id, "flow_run": slot.flow_run_id}
    session.execute(_TAKE, given | {"now": around.now, "until": until})


def renew(session: Session, lease_id: str, around: Circumstances) -> None:
    """Hold the slot for another term."""
    until = around.now + round(around.lease_seconds * _SECOND_US)
    session.execute(_RENEW, {"until": until, "lease": lease_id})


def keep_without_lease(session: Session, lease_id: str) -> None:
    """Hold the slot until it is given back."""
    session.execute(_RENEW, {"until": _FOR_EVER_US, "lease": lease_id})


def release(session: Session, slot: ReleaseDeploymentSlot) -> None:
    """Give the flow run's slot back; doing it twice is harmless."""
    session.execute(_RELEASE, {"flow_run": slot.flow_run_id, "deployment": slot.deployment_id})
