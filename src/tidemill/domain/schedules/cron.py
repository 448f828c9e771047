"""At the times that a cron expression names, on the wall clock of a zone."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tidemill.domain.schedules.cron_text import LAST_DAY, LAST_WEEK, CronFields, cron_fields
from tidemill.domain.schedules.zones import FIRST, LAST, bounded, instants, wall_before, zone_named
from tidemill.exceptions import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A 29 February that is a given weekday comes again after 40 years at the latest (around 2100).
_SPARSEST_YEARS: Final = 41
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class CronSchedule:
    """Fires when the clocks of ``timezone`` (default UTC) show what ``cron`` names.

    Where both days of the month and of the week are named, either is enough with ``day_or`` (the default, as cron has
    always done), else both must fit; so they must where the weekday is a counted one (``5#2``, ``L5``). Raises
    OptionError for an expression that cannot be read, or that never fires.
    """

    cron: str
    timezone: str | None = None
    day_or: bool = True

    def __post_init__(self) -> None:
        zone_named(self.timezone)
        if not isinstance(self.day_or, bool):
            raise OptionError.expected("day_or", "true or false", self.day_or)
        if not isinstance(self.cron, str):
            raise OptionError.expected("cron", "a cron expression", self.cron)
        _checked(self.cron, self.day_or)

    def fires_after(self, moment: datetime) -> Iterator[datetime]:
        """The fires behind ``moment``, in UTC, one by one."""
        zone, after = zone_named(self.timezone), bounded(moment)
        if after >= LAST:
            return iter(())
        return instants(_walls(_checked(self.cron, self.day_or), self.day_or, wall_before(after, zone)), zone, after)


@lru_cache(maxsize=4096)
def _checked(cron: str, day_or: bool) -> CronFields:
    fields = cron_fields(cron)
    if next(_days(fields, day_or, FIRST.date() if fields.years else date(2000, 1, 1)), None) is None:
        raise OptionError.expected("cron", "an expression that some day fits (it would never fire)", cron)
    return fields


def _walls(fields: CronFields, day_or: bool, start: datetime) -> Iterator[datetime]:
    """Wall-clock times from ``start`` on."""
    floor = start if start.microsecond == 0 else start.replace(microsecond=0) + timedelta(seconds=1)
    for day in _days(fields, day_or, floor.date()):
        earliest = floor.time() if day == floor.date() else time.min
        for clock in _times(fields, earliest):
            yield datetime.combine(day, clock)


def _times(fields: CronFields, earliest: time) -> Iterator[time]:
    for hour in fields.hours:
        if hour < earliest.hour:
            continue
        for minute in fields.minutes:
            if (hour, minute) < (earliest.hour, earliest.minute):
                continue
            for second in fields.seconds:
                if (clock := time(hour, minute, second)) >= earliest:
                    yield clock


def _days(fields: CronFields, day_or: bool, start: date) -> Iterator[date]:
    """Days from ``start`` on that fit; it ends where none would come any more."""
    empty = 0
    for year in range(start.year, LAST.year):
        if fields.years is not None and year not in fields.years:
            continue
        empty += 1
        for month in fields.months:
            if (year, month) < (start.year, start.month):
                continue
            for day in _days_of_month(fields, day_or, year, month):
                if (found := date(year, month, day)) >= start:
                    empty = 0
                    yield found
        if empty > _SPARSEST_YEARS:
            return


def _days_of_month(fields: CronFields, day_or: bool, year: int, month: int) -> list[int]:
    first, length = monthrange(year, month)
    first = (first + 1) % _WEEK  # cron's weeks begin on Sunday
    dates = {length if day == LAST_DAY else day for day in fields.days if day <= length}
    if fields.any_weekday:
        return sorted(dates)
    weekdays = {day for day in range(1, length + 1) if (first + day - 1) % _WEEK in fields.weekdays}
    weekdays |= {day for each in fields.weeks if (day := _nth(each, first, length)) <= length}
    if fields.any_day:
        return sorted(weekdays)
    either = day_or and not fields.weeks
    return sorted(dates | weekdays if either else dates & weekdays)


def _nth(wanted: tuple[int, int], first: int, length: int) -> int:
    weekday, week = wanted
    earliest = 1 + (weekday - first) % _WEEK
    return earliest + _WEEK * ((length - earliest) // _WEEK if week == LAST_WEEK else week - 1)
