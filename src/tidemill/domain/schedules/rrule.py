"""At the times of recurrence rules (RFC 5545), on the wall clock of a zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 - as the annotation of fields, read by tools
from functools import lru_cache
from heapq import merge
from typing import TYPE_CHECKING, Final

from tidemill.domain.schedules.rrule_text import Recurrence, Rule, recurrence
from tidemill.domain.schedules.rrule_walls import ever, walls, with_last
from tidemill.domain.schedules.zones import bounded, instants, wall_before, zone_named
from tidemill.exceptions import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: After so many times in a row that are excepted again, nothing is expected to be left.
MOST_EXCEPTED: Final = 10_000

#: What dateutil raises for parts that it cannot read, or that lead nowhere.
_NONSENSE: Final = (ValueError, KeyError, AttributeError, TypeError, OverflowError, IndexError)


@dataclass(frozen=True, slots=True)
class RRuleSchedule:
    """Fires when the clocks of ``timezone`` (default UTC) show a time of ``rrule``.

    ``rrule`` may be a whole set: DTSTART (default 2020-01-01), RRULE, RDATE, EXRULE and EXDATE, one a line. Raises
    OptionError for one that cannot be read, that never fires, or that fires each second for ever.
    """

    rrule: str
    timezone: str | None = "UTC"

    def __post_init__(self) -> None:
        zone_named(self.timezone)
        if not isinstance(self.rrule, str):
            raise OptionError.expected("rrule", "a recurrence rule, such as 'FREQ=DAILY;BYHOUR=9'", self.rrule)
        _checked(self.rrule)

    def fires_after(self, moment: datetime) -> Iterator[datetime]:
        """The fires behind ``moment``, in UTC, one by one."""
        zone, after = zone_named(self.timezone), bounded(moment)
        return instants(_walls(_checked(self.rrule), wall_before(after, zone)), zone, after)


@lru_cache(maxsize=1024)
def _checked(text: str) -> Recurrence:
    read = recurrence(text)
    try:
        counted = replace(read, rules=_living(read.rules, read.start), without=_living(read.without, read.start))
        first = next(_walls(counted, read.start), None) or next(iter(counted.dates), None)
    except OptionError:
        raise
    except _NONSENSE as error:
        raise OptionError(f"expected 'rrule' to be a recurrence rule (RFC 5545): {error}") from error
    if first is None:
        raise OptionError.expected("rrule", "a rule that some day fits (it would never fire)", text)
    return counted


def _living(rules: tuple[Rule, ...], start: datetime) -> tuple[Rule, ...]:
    return tuple(with_last(rule, start) for rule in rules if ever(rule, start))


def _walls(read: Recurrence, since: datetime) -> Iterator[datetime]:
    included = merge(*(walls(rule, read.start, since) for rule in read.rules), _from(read.dates, since))
    excepted = merge(*(walls(rule, read.start, since) for rule in read.without))
    nearest = next(excepted, None)
    in_a_row = 0
    for wall in included:
        while nearest is not None and nearest < wall:
            nearest = next(excepted, None)
        if wall != nearest and wall not in read.without_dates:
            in_a_row = 0
            yield wall
        elif (in_a_row := in_a_row + 1) > MOST_EXCEPTED:
            return


def _from(dates: Iterable[datetime], since: datetime) -> Iterator[datetime]:
    return (each for each in dates if each >= since)
