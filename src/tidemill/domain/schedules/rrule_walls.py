"""The wall-clock times of one recurrence rule from any point on, without stepping there from its start.

dateutil steps from a rule's start, one period at a time. So the start is moved, by whole periods, close to where
somebody looks; and a rule that counts hours or less within chosen days is asked only within those.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.schedules.rrule_text import Rule
from tidemill.domain.schedules.zones import LAST
from tidemill.exceptions import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Counting that far takes some hundredths of a second, once.
MOST_COUNTED: Final = 2_000
#: A rule that misses this many of its own days and hours in a row never fires.
MOST_EMPTY_WINDOWS: Final = 2_000

#: A day that comes seldom, such as a 29 February that is a Monday, comes within this.
_SPARSEST: Final = timedelta(days=41 * 366)

_VERY_END: Final = datetime(9999, 12, 31)  # noqa: DTZ001 - a wall-clock time
#: Days in which every kind of year is met that a rule's interval lets it meet; DAILY and shorter count 15 000 periods.
_LOOKED: Final = {"YEARLY": 146_097, "MONTHLY": 146_097, "WEEKLY": 3_000}

_END: Final = LAST.replace(tzinfo=None)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_STEPS: Final = {
    "WEEKLY": timedelta(days=7),
    "DAILY": _DAY,
    "HOURLY": _HOUR,
    "MINUTELY": timedelta(minutes=1),
    "SECONDLY": timedelta(seconds=1),
}
_DAY_PARTS: Final = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYWEEKDAY", "BYEASTER")
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MONTHS: Final = 12


def walls(rule: Rule, start: datetime, since: datetime) -> Iterator[datetime]:
    """The times of a rule that counts from ``start``, those from ``since`` on. Raises ValueError if it is nonsense."""
    if rule.frequency not in ("DAILY", "HOURLY", "MINUTELY", "SECONDLY"):
        return _asked(rule, start, since, _END)
    step, parts = _STEPS[rule.frequency] * rule.interval, dict(rule.parts)
    chosen_days = any(part in parts for part in _DAY_PARTS)
    if step < _HOUR and (chosen_days or "BYHOUR" in parts):
        return _within(rule, start, since, _HOUR)
    if step < _DAY and chosen_days:
        return _within(rule, start, since, _DAY)
    return _asked(rule, start, since, min(_END, max(start, since) + max(_SPARSEST, 2 * step)))


def ever(rule: Rule, start: datetime) -> bool:
    """Is there a day that fits? dateutil looks for one until the year 9999, so it is asked about the years before that.

    The calendar repeats itself, so there is nothing to be found elsewhere.
    """
    keys = {key for key, _ in rule.parts}
    if not keys.intersection((*_DAY_PARTS, "BYSETPOS")):
        return True
    step = _STEPS.get(rule.frequency, _DAY) * rule.interval
    if step < _DAY:
        rule, step = _days_of(rule), _DAY
    looked = _LOOKED.get(rule.frequency, 15_000) * max(step, _DAY)
    since = max(start, _VERY_END - looked) if looked < _VERY_END - start else start
    return next(_made(_explicit(rule, start), rule.interval, _nearer(rule, start, since), _VERY_END), None) is not None


def _days_of(rule: Rule) -> Rule:
    """Every day that a rule which counts shorter periods allows."""
    kept = tuple((key, value) for key, value in rule.parts if key in (*_DAY_PARTS, "WKST"))
    return Rule((("FREQ", "DAILY"), *kept), 1, None, None)


def with_last(rule: Rule, start: datetime) -> Rule:
    """The same rule with its last time in place of COUNT, so that nobody counts again."""
    if rule.count is None:
        return rule
    endless = Rule(rule.parts, rule.interval, None, None)
    if rule.frequency in _STEPS and not any(key.startswith("BY") for key, _ in rule.parts):
        step = _STEPS[rule.frequency] * rule.interval
        return Rule(rule.parts, rule.interval, None, start + min(rule.count - 1, (_END - start) // step) * step)
    if rule.count > MOST_COUNTED:
        raise OptionError(f"expected 'rrule' to have a COUNT of at most {MOST_COUNTED}, got {rule.count}: use UNTIL")
    last = start - timedelta(seconds=1)
    for last in islice(walls(endless, start, start), rule.count):  # noqa: B007 - the last is what is looked for
        pass
    return Rule(rule.parts, rule.interval, None, last)


def _within(rule: Rule, start: datetime, since: datetime, window: timedelta) -> Iterator[datetime]:
    """As ``_asked``, looking into the rule's own days, or hours of them, only."""
    empty = 0
    chosen = (*_DAY_PARTS, "BYHOUR") if window == _HOUR else _DAY_PARTS
    inside = replace(rule, parts=tuple(part for part in rule.parts if part[0] not in chosen))
    for begin in _windows(rule, max(start, since), window):
        found = False
        for wall in _asked(inside, start, max(begin, since), begin + window - timedelta(seconds=1)):
            found = True
            yield wall
        empty = 0 if found else empty + 1
        if empty > MOST_EMPTY_WINDOWS or (rule.until is not None and begin > rule.until):
            return


def _windows(rule: Rule, since: datetime, window: timedelta) -> Iterator[datetime]:
    parts = dict(rule.parts)
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = sorted({int(hour) for hour in parts.get("BYHOUR", ",".join(map(str, range(24)))).split(",")})
    for day in _made(_days_of(rule).parts, 1, midnight, min(_END, midnight + _SPARSEST)):
        if window == _DAY:
            yield day
            continue
        for hour in hours:
            if (begin := day + timedelta(hours=hour)) + window > since:
                yield begin


def _asked(rule: Rule, start: datetime, since: datetime, end: datetime) -> Iterator[datetime]:
    end = end if rule.until is None else min(end, rule.until)
    nearer = _nearer(rule, start, since)
    if nearer > end:
        return
    for wall in _made(_explicit(rule, start), rule.interval, nearer, end):
        if wall >= since:
            yield wall


def _nearer(rule: Rule, start: datetime, since: datetime) -> datetime:
    """A start that gives the same times from ``since`` on: whole periods later, and one before the last possible.

    One before, because dateutil leaves out what lies in the start's own period before the start.
    """
    if rule.frequency in _STEPS:
        spans = (since - start) // _STEPS[rule.frequency] // rule.interval - 1
        return start if spans < 1 else start + spans * rule.interval * _STEPS[rule.frequency]
    if rule.frequency == "YEARLY":
        spans = (since.year - start.year) // rule.interval - 1
        return start if spans < 1 else start.replace(year=start.year + spans * rule.interval, month=1, day=1)
    months = (since.year - start.year) * _MONTHS + since.month - start.month
    spans = months // rule.interval - 1
    if spans < 1:
        return start
    month = start.month - 1 + spans * rule.interval
    return start.replace(year=start.year + month // _MONTHS, month=month % _MONTHS + 1, day=1)


def _explicit(rule: Rule, start: datetime) -> list[tuple[str, str]]:
    """The rule's parts, with the days spelled out that it would take from its start."""
    keys = {key for key, _ in rule.parts}
    parts = list(rule.parts)
    if keys.intersection(_DAY_PARTS[1:]):
        return parts
    if rule.frequency == "YEARLY" and "BYMONTH" not in keys:
        parts.append(("BYMONTH", str(start.month)))
    if rule.frequency in ("YEARLY", "MONTHLY"):
        parts.append(("BYMONTHDAY", str(start.day)))
    elif rule.frequency == "WEEKLY":
        parts.append(("BYDAY", _WEEKDAYS[start.weekday()]))
    return parts


def _made(parts: Iterable[tuple[str, str]], interval: int, start: datetime, end: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - only those who have such schedules load it

    text = ";".join(f"{key}={value}" for key, value in parts)
    made: Any = rrulestr(f"{text};INTERVAL={interval};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=start, ignoretz=True)
    return iter(made)
