"""When a deployment runs by itself."""
# What the wire has as seconds may be a timedelta here, and what is not given is not sent:
# mypy: disable-error-code="assignment"

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, TypeGuard
from zoneinfo import ZoneInfo, available_timezones

from msgspec import UNSET, UnsetType

from tidemill.client.schemas.shape import Shape, plain
from tidemill.wire import schedules as wire
from tidemill.wire.base import OneOf, seconds_of

MAX_ITERATIONS: Final = 1000
#: Characters of a recurrence rule.
MAX_RRULE_LENGTH: Final = 6500
#: From when intervals are counted unless told otherwise.
DEFAULT_ANCHOR_DATE: Final = datetime(2020, 1, 1, tzinfo=UTC)


class IntervalSchedule(Shape, wire.IntervalSchedule, kw_only=True):
    """Every so often, counted from an anchor, by default of the server's choice. ``interval`` may be seconds."""

    interval: timedelta
    anchor_date: datetime | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        if not isinstance(self.interval, timedelta):
            self.interval = timedelta(seconds=seconds_of(self.interval))
        if self.interval <= timedelta(0):
            raise ValueError(f"expected 'interval' to be longer than nothing, got {self.interval}")


class CronSchedule(Shape, wire.CronSchedule):
    """By a cron expression, on the wall clocks of ``timezone``."""


class RRuleSchedule(Shape, wire.RRuleSchedule):
    """By a recurrence rule of RFC 5545, on the wall clocks of ``timezone``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.rrule) > MAX_RRULE_LENGTH:
            raise ValueError(f"expected 'rrule' to have at most {MAX_RRULE_LENGTH} characters, got {len(self.rrule)}")

    @classmethod
    def from_rrule(cls, rrule: Any) -> RRuleSchedule:
        """From an ``rrule`` or ``rruleset`` of dateutil."""
        return cls(rrule=str(rrule))

    def to_rrule(self) -> Any:
        """As dateutil has it."""
        from dateutil.rrule import rrulestr  # noqa: PLC0415 - comes with the server

        begins = None if "DTSTART" in self.rrule else DEFAULT_ANCHOR_DATE.replace(tzinfo=None)
        return rrulestr(self.rrule, dtstart=begins, cache=True)


class NoSchedule(Shape):
    """Never by itself."""


SCHEDULE_TYPES: TypeAlias = IntervalSchedule | CronSchedule | RRuleSchedule | NoSchedule


_KINDS: Final = OneOf(IntervalSchedule, CronSchedule, RRuleSchedule)


def schedule_of(value: Any) -> Any:
    """A schedule from what stands for one: itself, or a dict of its fields. Raises ValueError where it is none."""
    return value if is_schedule_type(value) else _KINDS.fitting(plain(value))


def is_schedule_type(obj: Any) -> TypeGuard[SCHEDULE_TYPES]:
    """Whether a value is a schedule."""
    return isinstance(obj, IntervalSchedule | CronSchedule | RRuleSchedule | NoSchedule)


def is_valid_timezone(v: str) -> bool:
    """Whether there is a time zone of that name."""
    return v in available_timezones()


def construct_schedule(
    interval: float | timedelta | None = None,
    anchor_date: datetime | str | None = None,
    cron: str | None = None,
    rrule: str | None = None,
    timezone: str | None = None,
) -> SCHEDULE_TYPES:
    """The schedule that was named by one of ``interval`` (seconds or a timedelta), ``cron`` and ``rrule``.

    Raises ValueError for none or several of them, and for an ``anchor_date`` without an interval.
    """
    given = [name for name, value in (("interval", interval), ("cron", cron), ("rrule", rrule)) if value is not None]
    if len(given) != 1:
        raise ValueError(f"expected one of interval, cron and rrule, got {' and '.join(given) or 'none'}")
    if anchor_date is not None and interval is None:
        raise ValueError("expected 'anchor_date' only with 'interval'")
    if timezone is not None:
        ZoneInfo(timezone)
    if interval is not None:
        every = interval if isinstance(interval, timedelta) else timedelta(seconds=interval)
        anchor = datetime.fromisoformat(anchor_date) if isinstance(anchor_date, str) else anchor_date
        return IntervalSchedule(interval=every, anchor_date=anchor or DEFAULT_ANCHOR_DATE, timezone=timezone)
    if cron is not None:
        return CronSchedule(cron=cron, timezone=timezone)
    assert rrule is not None
    return RRuleSchedule(rrule=rrule, timezone=timezone or "UTC")
