"""Schedules of deployments as rows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from tidemill.store.scheduled_runs import listed
from tidemill.store.tables import Table
from tidemill.wire.schedules import DeploymentSchedule

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

SCHEDULES: Final = Table("deployment_schedule", DeploymentSchedule)


def schedules_of(session: Session, deployment_ids: Collection[str]) -> dict[str, list[DeploymentSchedule]]:
    """The schedules of each deployment, who was changed last first; deployments without any are left out."""
    if not deployment_ids:
        return {}
    where = """
    deployment_schedule.deployment_id IN @listed(:ids)
    ORDER BY deployment_schedule.updated_us DESC, deployment_schedule.id DESC
    """
    found: dict[str, list[DeploymentSchedule]] = defaultdict(list)
    for schedule in SCHEDULES.read(session, where, {"ids": listed(deployment_ids)}):
        assert schedule.deployment_id is not None
        found[schedule.deployment_id].append(schedule)
    return found
