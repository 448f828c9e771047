"""Schedules by cron expression."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.domain.schedules.transitions import instant, made_or_refused, zone_and_moment
from tidemill.domain.schedules.cron import CronSchedule
from tidemill.exceptions import OptionError

NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def fires(schedule, after, count):
    return list(islice(schedule.fires_after(after), count))


def found(cron, count=3, *, after=NEW_YEAR, zone=None, day_or=True):
    form = "%y-%m-%d %H:%M:%S"
    there = ZoneInfo(zone or "UTC")
    return [each.astimezone(there).strftime(form) for each in fires(CronSchedule(cron, zone, day_or), after, count)]


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("0 0 * * mon-fri", ["01-02", "01-05", "01-06"]),
        ("0 0 * * fri-mon", ["01-02", "01-03", "01-04"]),
        ("0 0 * * 7", ["01-04", "01-11", "01-18"]),
        ("0 0 * * 6-7", ["01-03", "01-04", "01-10"]),
        ("0 0 * * 5#2", ["01-09", "02-13", "03-13"]),
        ("0 0 * * L5", ["01-30", "02-27", "03-27"]),
        ("0 0 L * *", ["01-31", "02-28", "03-31"]),
        ("0 0 15,L * ?", ["01-15", "01-31", "02-15"]),
        ("0 0 1-7 * 1", ["01-02", "01-03", "01-04"]),
        ("0 0 31 feb,MAR *", ["03-31", "03-31", "03-31"]),
        ("@monthly", ["02-01", "03-01", "04-01"]),
        ("@weekly", ["01-04", "01-11", "01-18"]),
        (" 0  0 */10 * * \n", ["01-11", "01-21", "01-31"]),
    ],
)
def test_days(cron, days):
    assert [each[3:8] for each in found(cron)] == days


@pytest.mark.parametrize(
    ("cron", "clock"),
    [
        ("5/20 * * * *", ["00:05:00", "00:25:00", "00:45:00"]),
        ("0 22-1 * * *", ["01:00:00", "22:00:00", "23:00:00"]),
        ("1-5/2,10 * * * *", ["00:01:00", "00:03:00", "00:05:00"]),
        ("* * * * * */25", ["00:00:25", "00:00:50", "00:01:00"]),
        ("*/90 * * * *", ["01:00:00", "02:00:00", "03:00:00"]),
        ("@hourly", ["01:00:00", "02:00:00", "03:00:00"]),
    ],
)
def test_times(cron, clock):
    assert [each[9:] for each in found(cron)] == clock


def test_both_kinds_of_days_may_have_to_fit():
    assert found("0 0 1-7 * 1", day_or=False) == ["26-01-05 00:00:00", "26-02-02 00:00:00", "26-03-02 00:00:00"]


def test_a_counted_weekday_has_to_fit_besides_the_day():
    assert found("0 0 13 * 5#2") == ["26-02-13 00:00:00", "26-03-13 00:00:00", "26-11-13 00:00:00"]


def test_years_may_be_named():
    assert found("0 0 1 1 * 0 2030,2040") == ["30-01-01 00:00:00", "40-01-01 00:00:00"]


def test_rare_days_are_found():
    assert [each[:2] for each in found("0 0 29 2 *")] == ["28", "32", "36"]
    assert [each[:2] for each in found("0 0 29 2 1", day_or=False)] == ["44", "72", "12"]


def test_where_clocks_jump():
    spring = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    autumn = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)

    assert found("30 2 * * *", 2, after=spring, zone="Europe/Berlin") == ["26-03-29 03:30:00", "26-03-30 02:30:00"]
    assert found("30 2 * * *", 2, after=autumn, zone="Europe/Berlin") == ["26-10-25 02:30:00", "26-10-26 02:30:00"]
    assert found("30 2,3 * * *", 2, after=spring, zone="Europe/Berlin") == ["26-03-29 03:30:00", "26-03-30 02:30:00"]
    skipped_day = dt.datetime(2011, 12, 29, 20, tzinfo=dt.UTC)
    assert found("0 9 * * *", 2, after=skipped_day, zone="Pacific/Apia") == ["11-12-31 09:00:00", "12-01-01 09:00:00"]


NUMBERS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}


@st.composite
def expressions(draw):
    """An expression, and the values that it means."""
    words, values = [], []
    for name, (low, high) in NUMBERS.items():
        if draw(st.booleans()) or (name == "month" and draw(st.booleans())):
            words.append("*")
            values.append(set(range(low, high + 1)))
            continue
        first, step = draw(st.integers(low, high)), draw(st.integers(1, 7))
        last = draw(st.integers(first, high))
        words.append(f"{first}-{last}/{step}")
        values.append(set(range(first, last + 1, step)))
    return " ".join(words), values


def fits(wall, values, day_or):
    minutes, hours, days, months, weekdays = values
    day, weekday = wall.day in days, wall.isoweekday() % 7 in weekdays
    either = day_or and len(days) < 31 and len(weekdays) < 7
    return (
        wall.minute in minutes
        and wall.hour in hours
        and wall.month in months
        and (day or weekday if either else day and weekday)
    )


@settings(max_examples=60 if FULL else 20)
@given(zone_and_moment(), expressions(), st.booleans())
def test_as_an_oracle_says_that_tries_every_minute(where, expression, day_or):
    (name, moment), (cron, values) = where, expression
    zone, end = ZoneInfo(name), moment + dt.timedelta(days=3)
    schedule, why = made_or_refused(lambda: CronSchedule(cron, name, day_or))
    if schedule is None:
        assert "it would never fire" in why
        return
    first = moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0) - dt.timedelta(days=2)
    walls = (first + dt.timedelta(minutes=minute) for minute in range(7 * 1440))

    expected = sorted(
        {fire for wall in walls if fits(wall, values, day_or) and moment < (fire := instant(wall, zone)) <= end}
    )

    soon = list(islice(schedule.fires_after(moment), len(expected) + 1))
    assert [each for each in soon if each <= end] == expected


@given(zone_and_moment(), st.sampled_from(["*/7 * * * *", "30 */2 * * *", "30 2 * * *", "0 0 L * *", "0 12 * * 1#1"]))
def test_the_same_fires_are_found_from_anywhere(where, cron):
    name, moment = where
    all_of_them = fires(CronSchedule(cron, name), moment, 8)

    assert all_of_them == sorted(set(all_of_them))
    for position, each in enumerate(all_of_them):
        assert fires(CronSchedule(cron, name), each, 7 - position) == all_of_them[position + 1 :]


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("0 0 30 2 *", "it would never fire"),
        ("0 0 31 4,6,9,11 *", "it would never fire"),
        ("60 * * * *", "'60' is none of its minutes"),
        ("* 24 * * *", "'24' is none of its hours"),
        ("* * 0 * *", "'0' is none of its days of the month"),
        ("* * * 13 *", "'13' is none of its months"),
        ("* * * * 8", "'8' is none of its days of the week"),
        ("* * * * 1,5#2", "'1' is none of its days of the week"),
        ("* * * * 1#6", "'1#6' is none of its days of the week"),
        ("* * L-2 * *", "'l' is none of its days of the month"),
        ("*/0 * * * *", "is none of its minutes"),
        ("-1 * * * *", "is none of its minutes"),
        ("H * * * *", "hashed values"),
        ("* R(0-5) * * *", "hashed values"),
        ("", "5 fields"),
        ("* * * *", "5 fields"),
        ("@reboot", "5 fields"),
        ("* * * * *" * 200, "at most 1000 characters"),
        ("٣ * * * *", "is none of its minutes"),
        ("1" * 500 + " * * * *", "is none of its minutes"),
        (None, "a cron expression"),
        (7, "a cron expression"),
    ],
)
def test_what_cannot_be_read_or_never_fires_is_refused(cron, why):
    with pytest.raises(OptionError, match="expected 'cron' to be") as refused:
        CronSchedule(cron)

    assert why in str(refused.value)


@given(st.text(alphabet="0123456789*/-,#lL?hrmonfri @", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        next(CronSchedule(text).fires_after(NEW_YEAR), None)
    except OptionError:
        pass


@pytest.mark.parametrize("moment", [dt.datetime.min, dt.datetime.max.replace(tzinfo=dt.UTC)])
def test_the_ends_of_the_calendar_are_no_harm(moment):
    assert len(fires(CronSchedule("@daily", "Asia/Tokyo"), moment, 1)) == (1 if moment.year == 1 else 0)
