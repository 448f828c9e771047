"""What says when a deployment runs, in each form in which programs write it, as what the API takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from tidemill.client.schemas.actions import DeploymentScheduleCreate, DeploymentScheduleUpdate
from tidemill.client.schemas.schedules import (
    SCHEDULE_TYPES,
    CronSchedule,
    IntervalSchedule,
    NoSchedule,
    RRuleSchedule,
    is_schedule_type,
)
from tidemill.schedules import Schedule

__all__ = ["FlexibleScheduleList", "create_deployment_schedule_create", "normalize_to_deployment_schedule"]

FlexibleScheduleList: TypeAlias = Sequence[
    DeploymentScheduleCreate | DeploymentScheduleUpdate | Schedule | dict[str, Any] | SCHEDULE_TYPES
]


def create_deployment_schedule_create(
    schedule: SCHEDULE_TYPES | Schedule, active: bool | None = True
) -> DeploymentScheduleCreate:
    """A schedule of a deployment. A ``Schedule`` says itself whether it is active, and with which parameters."""
    if not isinstance(schedule, Schedule):
        return DeploymentScheduleCreate(schedule=schedule, active=active is not False)
    return DeploymentScheduleCreate(
        schedule=_rule(schedule), active=schedule.active, parameters=schedule.parameters, slug=schedule.slug
    )


def normalize_to_deployment_schedule(
    schedules: FlexibleScheduleList | None,
) -> list[DeploymentScheduleCreate | DeploymentScheduleUpdate]:
    """Schedules of a deployment, from rules, from ``Schedule``, and from dicts with ``schedule`` and ``active``.

    Raises ValueError for what is none of these.
    """
    return [_normal(one) for one in schedules or ()]


def _normal(given: Any) -> DeploymentScheduleCreate | DeploymentScheduleUpdate:
    if isinstance(given, DeploymentScheduleCreate | DeploymentScheduleUpdate):
        return given
    if isinstance(given, Schedule) or is_schedule_type(given):
        return create_deployment_schedule_create(given)
    if isinstance(given, dict):
        return create_deployment_schedule_create(**given)
    raise ValueError(
        f"expected a schedule, got {type(given).__name__}: write Cron(…), Interval(…) or RRule(…) of tidemill.schedules"
    )


def _rule(schedule: Schedule) -> SCHEDULE_TYPES:
    if schedule.interval is not None:
        return IntervalSchedule(
            interval=schedule.interval, anchor_date=schedule.anchor_date, timezone=schedule.timezone
        )
    if schedule.cron is not None:
        return CronSchedule(cron=schedule.cron, timezone=schedule.timezone, day_or=schedule.day_or)
    if schedule.rrule is not None:
        return RRuleSchedule(rrule=schedule.rrule, timezone=schedule.timezone or "UTC")
    return NoSchedule()
