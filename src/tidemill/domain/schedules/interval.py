"""Every so often, counted from an anchor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.schedules.zones import FIRST, LAST, bounded, instants, wall_before, zone_named
from tidemill.exceptions import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Used where nobody names an anchor and no clock is at hand: a midnight, so that hours and days begin on the dot.
DEFAULT_ANCHOR: Final = datetime(2020, 1, 1, tzinfo=UTC)

SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(days=36_525)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class IntervalSchedule:
    """Fires every ``interval`` from ``anchor_date``, in both directions.

    Intervals shorter than a day are elapsed time. From a day on they are counted on the wall clock of ``timezone``
    (default UTC), so a daily schedule fires at the same hour all year. Raises OptionError, naming what is wrong.
    """

    interval: timedelta
    anchor_date: datetime = field(default=DEFAULT_ANCHOR)
    timezone: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval", checked_interval(self.interval))
        object.__setattr__(self, "anchor_date", _checked_anchor(self.anchor_date))
        if self.timezone is None:
            object.__setattr__(self, "timezone", getattr(self.anchor_date.tzinfo, "key", None) or "UTC")
        zone_named(self.timezone)

    def fires_after(self, moment: datetime) -> Iterator[datetime]:
        """The fires behind ``moment``, in UTC, one by one."""
        after = bounded(moment)
        return self._elapsed(after) if self.interval < _DAY else self._by_the_wall_clock(after)

    def _elapsed(self, after: datetime) -> Iterator[datetime]:
        anchor = self.anchor_date.astimezone(UTC)
        fire = anchor + ((after - anchor) // self.interval + 1) * self.interval
        while fire < LAST:
            yield fire
            fire += self.interval

    def _by_the_wall_clock(self, after: datetime) -> Iterator[datetime]:
        zone = zone_named(self.timezone)
        return instants(self._walls(wall_before(after, zone)), zone, after)

    def _walls(self, start: datetime) -> Iterator[datetime]:
        anchor = self.anchor_date.astimezone(zone_named(self.timezone)).replace(tzinfo=None)
        wall = anchor + (start - anchor) // self.interval * self.interval
        end = LAST.replace(tzinfo=None)
        while wall < end:
            yield wall
            wall += self.interval


def checked_interval(value: Any) -> timedelta:
    """A length of time from one, or from seconds. Raises OptionError unless it is a second to a hundred years."""
    length = value
    if isinstance(value, int | float) and not isinstance(value, bool) and _finite(value):
        length = timedelta(seconds=value) if abs(value) <= LONGEST.total_seconds() else None
    if not isinstance(length, timedelta):
        raise OptionError.expected("interval", "a duration, or a number of seconds, up to a hundred years", value)
    if length <= timedelta(0):
        raise OptionError.expected("interval", "a positive duration", value)
    if not SHORTEST <= length <= LONGEST:
        raise OptionError.expected("interval", "at least a second, and a hundred years at most", value)
    return length


def _finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an int beyond every float
        return False


def _checked_anchor(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise OptionError.expected("anchor_date", "a date and time", value)
    anchor = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    if not FIRST.year < anchor.year < LAST.year - 1:
        raise OptionError.expected("anchor_date", f"between the years {FIRST.year} and {LAST.year}", value)
    return anchor
