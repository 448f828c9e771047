"""Schedules that fire every so often."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.schedules.transitions import instant, zone_and_moment
from tidemill.domain.schedules.interval import IntervalSchedule
from tidemill.exceptions import OptionError

NEW_YEAR = dt.datetime(2026, 1, 1, 8, 0, tzinfo=dt.UTC)


def fires(schedule, after, count):
    return list(islice(schedule.fires_after(after), count))


def test_below_a_day_it_is_elapsed_time():
    hourly = IntervalSchedule(dt.timedelta(hours=1), NEW_YEAR, "Europe/Berlin")
    before_autumn = dt.datetime(2026, 10, 24, 22, 30, tzinfo=dt.UTC)

    found = fires(hourly, before_autumn, 5)

    assert [each.hour for each in found] == [23, 0, 1, 2, 3]
    assert [each.astimezone(ZoneInfo("Europe/Berlin")).hour for each in found] == [1, 2, 2, 3, 4]


@pytest.mark.parametrize("after", [dt.datetime(2026, 3, 27, tzinfo=dt.UTC), dt.datetime(2026, 10, 23, tzinfo=dt.UTC)])
def test_from_a_day_on_the_hour_is_kept(after):
    daily = IntervalSchedule(dt.timedelta(days=1), NEW_YEAR, "Europe/Berlin")

    assert {each.astimezone(ZoneInfo("Europe/Berlin")).hour for each in fires(daily, after, 5)} == {9}


def test_a_daily_time_that_clocks_skip_comes_later_that_day_only():
    daily = IntervalSchedule(dt.timedelta(days=1), dt.datetime(2026, 1, 1, 1, 30, tzinfo=dt.UTC), "Europe/Berlin")

    found = fires(daily, dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC), 2)

    assert [each.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d %H:%M") for each in found] == [
        "29 03:30",
        "30 02:30",
    ]


def test_an_old_anchor_costs_nothing():
    each_second = IntervalSchedule(dt.timedelta(seconds=1), dt.datetime(1901, 1, 1, tzinfo=dt.UTC))
    now = dt.datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC)

    assert fires(each_second, now, 2) == [now.replace(second=1, microsecond=0), now.replace(second=2, microsecond=0)]


def test_it_fires_before_its_anchor_too():
    weekly = IntervalSchedule(dt.timedelta(days=7), NEW_YEAR)

    assert fires(weekly, NEW_YEAR - dt.timedelta(days=8), 2) == [NEW_YEAR - dt.timedelta(days=7), NEW_YEAR]


def test_the_zone_of_an_anchor_is_the_schedule_s():
    anchor = dt.datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("America/New_York"))

    assert IntervalSchedule(dt.timedelta(days=1), anchor).timezone == "America/New_York"
    assert IntervalSchedule(dt.timedelta(days=1), NEW_YEAR).timezone == "UTC"


INTERVALS = st.timedeltas(min_value=dt.timedelta(seconds=1), max_value=dt.timedelta(days=30))


@given(zone_and_moment(), INTERVALS)
def test_elapsed_or_wall_clock_as_an_oracle_says(where, interval):
    name, moment = where
    zone = ZoneInfo(name)

    found = fires(IntervalSchedule(interval, NEW_YEAR, name), moment, 4)

    if interval < dt.timedelta(days=1):
        assert found == [found[0] + k * interval for k in range(4)]
        assert (found[0] - NEW_YEAR) % interval == dt.timedelta(0)
        assert moment < found[0] <= moment + interval
    else:
        anchor = NEW_YEAR.astimezone(zone).replace(tzinfo=None)
        nearest = (moment.astimezone(zone).replace(tzinfo=None) - anchor) // interval
        walls = [anchor + (nearest + k) * interval for k in range(-3, 10)]
        assert found == sorted({fire for wall in walls if (fire := instant(wall, zone)) > moment})[:4]


@given(zone_and_moment(), INTERVALS, st.integers(0, 3))
def test_the_same_fires_are_found_from_anywhere(where, interval, skipped):
    name, moment = where
    schedule = IntervalSchedule(interval, NEW_YEAR, name)
    found = fires(schedule, moment, 6)

    assert fires(schedule, found[skipped], 5 - skipped) == found[skipped + 1 :]


@pytest.mark.parametrize(
    ("interval", "message"),
    [
        (0, "a positive duration, got 0"),
        (dt.timedelta(days=-1), "a positive duration"),
        (0.5, "at least a second"),
        (dt.timedelta(days=40_000), "a hundred years at most"),
        (1e30, "a number of seconds, up to a hundred years"),
        (float("nan"), "a number of seconds"),
        (10**400, "a number of seconds"),
        ("1h", "a number of seconds"),
        (True, "a number of seconds"),
        (None, "a number of seconds"),
    ],
)
def test_an_interval_that_cannot_be_is_refused(interval, message):
    with pytest.raises(OptionError, match=f"expected 'interval' to be .*{message}"):
        IntervalSchedule(interval)


@pytest.mark.parametrize("anchor", [dt.datetime.min, dt.datetime.max, "today", None])
def test_an_anchor_that_cannot_be_is_refused(anchor):
    with pytest.raises(OptionError, match="anchor_date"):
        IntervalSchedule(dt.timedelta(days=1), anchor)


@pytest.mark.parametrize("moment", [dt.datetime.min, dt.datetime.max.replace(tzinfo=dt.UTC)])
@pytest.mark.parametrize("interval", [dt.timedelta(hours=1), dt.timedelta(days=7)])
def test_the_ends_of_the_calendar_are_no_harm(moment, interval):
    found = fires(IntervalSchedule(interval, NEW_YEAR), moment, 1)

    assert len(found) == (1 if moment.year == 1 else 0)
