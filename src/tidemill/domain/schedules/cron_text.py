"""Cron expressions read: five fields, or six with seconds last, or seven with years.

``*`` ``?`` ``a`` ``a-b`` ``*/n`` ``a-b/n`` ``a/n`` and lists of them; names of months and days; ranges that wrap;
in days of the month ``L``, the last; in days of the week ``5#2``, the second Friday, and ``L5``, the last Friday.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tidemill.exceptions import OptionError

MOST_CHARACTERS: Final = 1_000
LAST_DAY: Final = 0  # among days of the month: whichever is the last
LAST_WEEK: Final = 0  # among weeks of a weekday: whichever is the last

ALIASES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_WEEKDAYS: Final = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}


@dataclass(frozen=True, slots=True)
class Field:
    """What one field may hold."""

    name: str
    low: int
    high: int
    names: dict[str, int]


_MINUTES: Final = Field("minutes", 0, 59, {})
_HOURS: Final = Field("hours", 0, 23, {})
_DAYS: Final = Field("days of the month", 1, 31, {})
_MONTH: Final = Field("months", 1, 12, _MONTHS)
_WEEKDAY: Final = Field("days of the week", 0, 7, _WEEKDAYS)
_SECONDS: Final = Field("seconds", 0, 59, {})
_YEARS: Final = Field("years", 1970, 2099, {})

_PART: Final = re.compile(r"(?:(?P<star>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d{1,5}))?", re.ASCII)
_NTH: Final = re.compile(r"(?P<day>\w{1,3})#(?P<week>[1-5])", re.ASCII)
_LAST: Final = re.compile(r"l(?P<day>[0-7])", re.ASCII)


@dataclass(frozen=True, slots=True)
class CronFields:
    """The values of each field, ascending. ``weeks`` are pairs of weekday and which one in its month."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: tuple[int, ...]
    weekdays: frozenset[int]
    weeks: frozenset[tuple[int, int]]
    years: frozenset[int] | None

    @property
    def any_day(self) -> bool:
        """Does the field of days of the month leave them all?"""
        return self.days.issuperset(range(1, 32))

    @property
    def any_weekday(self) -> bool:
        """Does the field of days of the week leave them all?"""
        return not self.weeks and len(self.weekdays) == len(_WEEKDAYS)


def cron_fields(text: str) -> CronFields:
    """The fields of an expression. Raises OptionError naming the field that cannot be read."""
    if len(text) > MOST_CHARACTERS:
        raise OptionError.expected("cron", f"a cron expression of at most {MOST_CHARACTERS} characters", text)
    words = ALIASES.get(text.strip().lower(), text).lower().split()
    if len(words) not in (5, 6, 7):
        wanted = "a cron expression of 5 fields (minute hour day month weekday), or 6 with seconds behind them"
        raise OptionError.expected("cron", wanted, text)
    seconds = _values(words[5], _SECONDS, text) if len(words) > 5 else {0}  # noqa: PLR2004 - as the line says
    weekdays, weeks = _weekdays(words[4], text)
    return CronFields(
        seconds=tuple(sorted(seconds)),
        minutes=tuple(sorted(_values(words[0], _MINUTES, text))),
        hours=tuple(sorted(_values(words[1], _HOURS, text))),
        days=frozenset(_days(words[2], text)),
        months=tuple(sorted(_values(words[3], _MONTH, text))),
        weekdays=frozenset(weekdays),
        weeks=frozenset(weeks),
        years=frozenset(_values(words[6], _YEARS, text)) if len(words) > 6 else None,  # noqa: PLR2004 - as above
    )


def _days(word: str, text: str) -> set[int]:
    parts = ("*" if word == "?" else word).split(",")
    plain = [part for part in parts if part != "l"]
    found = _values(",".join(plain), _DAYS, text) if plain else set()
    return found | {LAST_DAY} if len(plain) < len(parts) else found


def _weekdays(word: str, text: str) -> tuple[set[int], set[tuple[int, int]]]:
    if "#" not in word and not _LAST.match(word):
        return {day % 7 for day in _values("*" if word == "?" else word, _WEEKDAY, text)}, set()
    weeks = set()
    for part in word.split(","):
        if nth := _NTH.fullmatch(part):
            weeks.add((_number(nth["day"], _WEEKDAY, text) % 7, int(nth["week"])))
        elif last := _LAST.fullmatch(part):
            weeks.add((int(last["day"]) % 7, LAST_WEEK))
        else:
            raise _unreadable(part, _WEEKDAY, text)
    return set(), weeks


def _values(word: str, field: Field, text: str) -> set[int]:
    found: set[int] = set()
    for part in word.split(","):
        found |= _part(part, field, text)
    return found


def _part(part: str, field: Field, text: str) -> set[int]:
    read = _PART.fullmatch(part)
    if read is None:
        raise _unreadable(part, field, text)
    step = int(read["step"] or 1)
    if step == 0:
        raise _unreadable(part, field, text)
    top = field.high if field is not _WEEKDAY else field.high - 1  # the 7 of weekdays is 0 again
    if read["star"]:
        return set(range(field.low, top + 1, step))
    low = _number(read["low"], field, text)
    if read["high"] is None:
        return set(range(low, max(top, low) + 1, step)) if read["step"] else {low}
    high = _number(read["high"], field, text)
    if low <= high:
        return set(range(low, high + 1, step))
    return set([*range(low, top + 1), *range(field.low, high + 1)][::step])


def _number(word: str, field: Field, text: str) -> int:
    value = int(word) if word.isdigit() and len(word) <= 4 else field.names.get(word, -1)  # noqa: PLR2004 - of a year
    if not field.low <= value <= field.high:
        raise _unreadable(word, field, text)
    return value


def _unreadable(part: str, field: Field, text: str) -> OptionError:
    if re.match(r"[hr](\(|/|$)", part):
        why = "random and hashed values (R, H) are not supported: name the value"
    else:
        why = f"{part[:40]!r} is none of its {field.name} ({field.low} to {field.high})"
    return OptionError(f"{OptionError.expected('cron', 'a cron expression', text)}: {why}")
