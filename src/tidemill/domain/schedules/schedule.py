"""A schedule of any kind, and how it crosses the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import msgspec

from tidemill.domain.schedules.cron import CronSchedule
from tidemill.domain.schedules.interval import IntervalSchedule
from tidemill.domain.schedules.rrule import RRuleSchedule
from tidemill.exceptions import OptionError
from tidemill.suggestions import did_you_mean

AnySchedule: TypeAlias = IntervalSchedule | CronSchedule | RRuleSchedule

_FIELDS: Final = {
    "interval": ("interval", "anchor_date", "timezone"),
    "cron": ("cron", "timezone", "day_or"),
    "rrule": ("rrule", "timezone"),
}


def schedule_from_wire(data: object, now: datetime) -> AnySchedule:
    """The schedule that a JSON object describes by its ``interval``, ``cron`` or ``rrule``.

    An interval is seconds, or an ISO 8601 duration; without ``anchor_date`` it counts from ``now``. Raises OptionError,
    naming the field.
    """
    if not isinstance(data, Mapping):
        raise OptionError.expected("schedule", "an object with interval, cron or rrule", data)
    kinds = [kind for kind in _FIELDS if data.get(kind) is not None]
    if len(kinds) != 1:
        raise OptionError.expected("schedule", "an object with one of interval, cron and rrule", dict(data))
    kind = kinds[0]
    for name in data:
        if name not in _FIELDS[kind]:
            hint = did_you_mean(str(name), _FIELDS[kind])
            raise OptionError(f"unknown field {str(name)[:40]!r} of a schedule by {kind}{hint}")
    given = {name: value for name, value in data.items() if value is not None}
    if not isinstance(given.get("timezone", ""), str):
        raise OptionError.expected("timezone", "the name of a time zone", given["timezone"])
    if kind == "cron":
        return CronSchedule(**given)
    if kind == "rrule":
        return RRuleSchedule(**given)
    anchor = _moment(given["anchor_date"]) if "anchor_date" in given else now
    return IntervalSchedule(_duration(given["interval"]), anchor, given.get("timezone"))


def schedule_to_wire(schedule: AnySchedule) -> dict[str, Any]:
    """The JSON object that describes the schedule, every field in it; an interval is seconds."""
    if isinstance(schedule, CronSchedule):
        return {"cron": schedule.cron, "timezone": schedule.timezone, "day_or": schedule.day_or}
    if isinstance(schedule, RRuleSchedule):
        return {"rrule": schedule.rrule, "timezone": schedule.timezone}
    return {
        "interval": schedule.interval.total_seconds(),
        "anchor_date": schedule.anchor_date.isoformat().replace("+00:00", "Z"),
        "timezone": schedule.timezone,
    }


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.convert(value, timedelta)
    except msgspec.ValidationError:
        raise OptionError.expected("interval", "seconds, or a duration such as 'PT1H'", value) from None


def _moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise OptionError.expected("anchor_date", "a date and time (ISO 8601)", value) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
