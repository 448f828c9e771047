"""Schedules of deployments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType

from tidemill.wire.base import MOST, Body, Id, OneOf, Span, Wire, seconds_of


class CronSchedule(Body):
    """By a cron expression."""

    cron: str
    day_or: bool = True
    timezone: str | None = None


class IntervalSchedule(Body):
    """Every so often, counted from an anchor."""

    interval: Span
    anchor_date: datetime | None = None
    timezone: str | None = None

    def __post_init__(self) -> None:
        self.interval = seconds_of(self.interval)


class RRuleSchedule(Body):
    """By a recurrence rule of RFC 5545."""

    rrule: str
    timezone: str | None = "UTC"


SCHEDULES: Final = OneOf(IntervalSchedule, CronSchedule, RRuleSchedule)
#: Looked at where it is used (``domain/schedules``), which knows more than types do.
AnySchedule = Annotated[dict[str, Any], SCHEDULES]


class DeploymentSchedule(Wire):
    """A deployment schedule, as it is answered."""

    id: Id
    schedule: AnySchedule
    active: bool = True
    created: datetime | None = None
    deployment_id: Id | None = None
    max_scheduled_runs: Annotated[int, Meta(gt=0)] | None = None
    parameters: dict[str, Any] = {}
    slug: str | None = None
    updated: datetime | None = None


class DeploymentScheduleCreate(Body):
    """What a deployment schedule is made from."""

    schedule: AnySchedule
    active: bool = True
    max_scheduled_runs: Annotated[int, Meta(gt=0, le=MOST)] | None = None
    parameters: dict[str, Any] = {}
    replaces: str | None = None
    slug: str | None = None


class DeploymentScheduleUpdate(Body):
    """What of a deployment schedule is changed; what is absent stays as it is."""

    active: bool | UnsetType | None = UNSET
    max_scheduled_runs: Annotated[int, Meta(gt=0, le=MOST)] | UnsetType | None = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    replaces: str | UnsetType | None = UNSET
    schedule: AnySchedule | UnsetType | None = UNSET
    slug: str | UnsetType | None = UNSET
