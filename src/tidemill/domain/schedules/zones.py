"""Wall clocks and instants: what becomes of a time that clocks skip, or pass twice.

One rule for every kind of schedule, that of RFC 5545 (3.3.5): a wall-clock time that is skipped happens as much later
as the clocks were moved; one that is passed twice happens the first time. Two wall-clock times may thus be one instant,
and are then one fire; and a skipped one may come after those that follow it on the dial.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from tidemill.exceptions import OptionError
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Schedules are computed between these, so that no sum leads beyond the calendar.
FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)

#: No zone ever skipped more than a day (Pacific islands that changed sides of the date line).
_LONGEST_GAP: Final = timedelta(hours=26)


def zone_named(name: str | None) -> ZoneInfo:
    """The time zone of that IANA name; UTC for none. Raises OptionError for one that this machine does not know."""
    if not name:
        return ZoneInfo("UTC")
    if not isinstance(name, str):
        raise OptionError.expected("timezone", "the name of a time zone", name)
    try:
        return ZoneInfo(name)  # which keeps what it has read
    except (OSError, ValueError, LookupError):  # by the kind of nonsense: no file, a path, a folder, no such key
        pass
    error = OptionError.expected("timezone", "an IANA time zone, such as 'Europe/Berlin'", name)
    error.args = (f"{error}{did_you_mean(name, available_timezones())}",)
    raise error


def wall_before(after: datetime, zone: ZoneInfo) -> datetime:
    """A wall-clock time that no fire after ``after`` lies before: where to begin to look."""
    offset = min(_offset(after, zone), _offset(after - _LONGEST_GAP, zone))
    return after.astimezone(UTC).replace(tzinfo=None) + offset


def instants(walls: Iterable[datetime], zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The instants (UTC) behind ``after`` at which clocks show ``walls``, which ascend; each once, ascending."""
    waiting: list[datetime] = []
    last = after
    for wall in walls:
        there = wall.replace(tzinfo=zone)
        first, other = there.astimezone(UTC), there.replace(fold=1).astimezone(UTC)
        heappush(waiting, first)
        surely_before = min(first, other)  # in a gap `other` is before `first`: what follows may come before it
        while waiting and waiting[0] <= surely_before:
            fire = heappop(waiting)
            if fire > last:
                last = fire
                yield fire
    while waiting:
        fire = heappop(waiting)
        if fire > last:
            last = fire
            yield fire


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def bounded(moment: datetime) -> datetime:
    """The moment, or the nearest that schedules are computed for. One without a zone is in UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max(aware, FIRST), LAST)
