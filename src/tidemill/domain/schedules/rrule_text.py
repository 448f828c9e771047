"""Recurrence rules (RFC 5545) read, line by line, with bounds on everything that a stranger may write.

All times in the text are wall-clock times of the schedule's zone: a ``Z`` or a ``TZID`` in it is passed over, as the
contract does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidemill.domain.schedules.zones import FIRST, LAST
from tidemill.exceptions import OptionError

MOST_CHARACTERS: Final = 6_500
#: Where a rule without DTSTART begins to count.
DEFAULT_START: Final = datetime(2020, 1, 1)  # noqa: DTZ001 - a wall-clock time

#: What a rule counts in, and the longest interval of it: a hundred years.
FREQUENCIES: Final = {
    "YEARLY": 100,
    "MONTHLY": 1_200,
    "WEEKLY": 5_218,
    "DAILY": 36_525,
    "HOURLY": 876_600,
    "MINUTELY": 52_596_000,
    "SECONDLY": 3_155_760_000,
}
MOST_RULES: Final = 10
MOST_COUNT: Final = 1_000_000_000

_PARTS: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}
    | {"BYDAY", "BYWEEKDAY", "BYEASTER", "BYHOUR", "BYMINUTE", "BYSECOND"}
)
_MOMENT: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d):?(\d\d)?(?:\.0*)?(?:Z|[+-]00:?00)?)?", re.ASCII
)
_FOLDED: Final = re.compile(r"\r?\n[ \t]")


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE or EXRULE: its parts as written, and those that are numbers or times, read."""

    parts: tuple[tuple[str, str], ...]
    interval: int
    count: int | None
    until: datetime | None

    @property
    def frequency(self) -> str:
        """The unit that it counts in."""
        return dict(self.parts)["FREQ"]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A set of rules and dates, and of those that are taken out of it."""

    start: datetime
    rules: tuple[Rule, ...]
    without: tuple[Rule, ...]
    dates: tuple[datetime, ...]
    without_dates: frozenset[datetime]


def recurrence(text: str) -> Recurrence:
    """What the text says. Raises OptionError, naming the line or part that cannot be read."""
    if not text.strip():
        raise OptionError.expected("rrule", "a recurrence rule, such as 'FREQ=DAILY;BYHOUR=9'", text)
    if len(text) > MOST_CHARACTERS:
        raise OptionError(f"expected 'rrule' to be at most {MOST_CHARACTERS} characters, got {len(text)}")
    lines: dict[str, list[str]] = {name: [] for name in ("DTSTART", "RRULE", "EXRULE", "RDATE", "EXDATE")}
    for line in _FOLDED.sub("", text).upper().split():
        name, value = _named(line)
        if name not in lines:
            raise _refused(f"{name[:40]!r} is none of {', '.join(lines)}")
        lines[name].append(value)
    if len(lines["RRULE"]) + len(lines["EXRULE"]) > MOST_RULES:
        raise _refused(f"it has more than {MOST_RULES} rules")
    if not lines["RRULE"] and not lines["RDATE"]:
        raise _refused("it has neither an RRULE nor an RDATE")
    return Recurrence(
        start=_moment(lines["DTSTART"][-1]) if lines["DTSTART"] else DEFAULT_START,
        rules=tuple(map(_rule, lines["RRULE"])),
        without=tuple(map(_rule, lines["EXRULE"])),
        dates=tuple(sorted(_moments(lines["RDATE"]))),
        without_dates=frozenset(_moments(lines["EXDATE"])),
    )


def _moments(values: list[str]) -> list[datetime]:
    return [_moment(each) for value in values for each in value.split(",")]


def _named(line: str) -> tuple[str, str]:
    head, colon, value = line.partition(":")
    if not colon:
        return "RRULE", line
    return head.partition(";")[0], value


def _rule(text: str) -> Rule:
    parts: dict[str, str] = {}
    for each in filter(None, text.split(";")):
        key, _, value = each.partition("=")
        if key not in _PARTS or not value:
            raise _refused(f"{each[:40]!r} is no part of a rule")
        if key in parts:
            raise _refused(f"{key} is there twice")
        parts[key] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise _refused(f"a rule needs FREQ, one of {', '.join(FREQUENCIES)}")
    interval = _whole(parts, "INTERVAL", FREQUENCIES[parts["FREQ"]]) or 1
    count = _whole(parts, "COUNT", MOST_COUNT)
    until = _moment(parts["UNTIL"]) if "UNTIL" in parts else None
    if count is not None and until is not None:
        raise _refused("a rule has COUNT or UNTIL, not both")
    kept = tuple((key, value) for key, value in parts.items() if key not in ("COUNT", "UNTIL", "INTERVAL"))
    rule = Rule(kept, interval, count, until)
    if "BYSETPOS" in parts and rule.frequency in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise _refused(f"BYSETPOS goes with DAILY and longer, not with {rule.frequency}")
    if rule.frequency == "SECONDLY" and interval == 1 and count is None and until is None and "BYSECOND" not in parts:
        raise _refused("it fires each second for ever: give it an INTERVAL, COUNT or UNTIL")
    return rule


def _whole(parts: dict[str, str], key: str, most: int) -> int | None:
    if key not in parts:
        return None
    text = parts[key]
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise _refused(f"{key} is a whole number from 1 to {most}, not {text[:40]!r}")
    return int(text)


def _moment(text: str) -> datetime:
    read = _MOMENT.fullmatch(text)
    try:
        moment = datetime(*(int(part or 0) for part in read.groups())) if read else None  # type: ignore[arg-type]  # noqa: DTZ001 - a wall-clock time
    except ValueError:
        moment = None
    if moment is None:
        raise _refused(f"{text[:40]!r} is no time such as 20260131T093000")
    if not FIRST.year < moment.year < LAST.year - 1:
        raise _refused(f"{text[:40]!r} is not between the years {FIRST.year} and {LAST.year}")
    return moment


def _refused(why: str) -> OptionError:
    return OptionError(f"expected 'rrule' to be a recurrence rule (RFC 5545): {why}")
