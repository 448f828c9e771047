"""Where the clocks of a zone are moved, found by looking at them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from tidemill.exceptions import OptionError

ZONES = sorted(name for name in available_timezones() if name not in ("localtime", "Factory"))
_FIRST = int(dt.datetime(1902, 1, 1, tzinfo=dt.UTC).timestamp())
_LAST = int(dt.datetime(2037, 12, 31, tzinfo=dt.UTC).timestamp())
_STEP = 40 * 86_400


def offset(zone, second) -> float:
    return dt.datetime.fromtimestamp(second, zone).utcoffset().total_seconds()


@cache
def transitions(name: str) -> list[tuple[float, int]]:
    """By how many seconds clocks go forward, and from which second on."""
    zone, found = ZoneInfo(name), []
    before = offset(zone, _FIRST)
    for second in range(_FIRST + _STEP, _LAST, _STEP):
        here = offset(zone, second)
        if here != before:
            low, high = second - _STEP, second
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            found.append((offset(zone, high) - before, high))
        before = here
    return found


def remarkable(name: str) -> set[tuple[float, int]]:
    """The largest jump of a zone in each direction, and its last one."""
    moves = transitions(name)
    return {max(moves), min(moves), moves[-1]} if moves else set()


def utc(second: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, dt.UTC)


@st.composite
def zone_and_moment(draw):
    """A zone and a moment, one time in two near where its clocks are moved."""
    name = draw(st.sampled_from(ZONES))
    moves = transitions(name)
    if moves and draw(st.booleans()):
        near = draw(st.sampled_from(moves))[1]
        return name, utc(near + draw(st.integers(-2 * 86_400, 2 * 86_400)))
    return name, utc(draw(st.integers(_FIRST, _LAST)))


def instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """When clocks show ``wall``: the first time, and as much later as they skip where they never do."""
    return dt.datetime.fromtimestamp(wall.replace(tzinfo=zone).timestamp(), dt.UTC)


def made_or_refused(make):
    """What was made and no reason, or nothing and the reason why not."""
    try:
        return make(), ""
    except OptionError as refused:
        return None, str(refused)
