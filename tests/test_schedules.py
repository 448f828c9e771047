"""`tidemill.schedules`, as users write it."""

from __future__ import annotations

import datetime as dt

import pytest

from tidemill.exceptions import OptionError
from tidemill.schedules import Cron, Interval, RRule, Schedule

NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_each_kind_says_what_it_was_given():
    cron = Cron("@daily", timezone="Asia/Tokyo", day_or=False, active=False, parameters={"a": 1}, slug="s")

    assert cron == Schedule(
        cron="@daily",
        timezone="Asia/Tokyo",
        anchor_date=cron.anchor_date,
        day_or=False,
        active=False,
        parameters={"a": 1},
        slug="s",
    )
    assert Interval(90).interval == dt.timedelta(seconds=90)
    assert Interval(dt.timedelta(days=1), anchor_date=NEW_YEAR).anchor_date == NEW_YEAR
    assert RRule("FREQ=DAILY").rrule == "FREQ=DAILY"


def test_their_timing_fires():
    day = NEW_YEAR + dt.timedelta(days=1)

    for schedule in (Interval(86400, NEW_YEAR), Cron("@daily"), RRule("FREQ=DAILY")):
        assert next(schedule.timing().fires_after(NEW_YEAR)) == day
    assert Schedule().timing() is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Interval(0), "expected 'interval' to be a positive duration, got 0"),
        (lambda: Interval("1h"), "expected 'interval'"),
        (lambda: Cron("x"), "expected 'cron'"),
        (lambda: RRule("x"), "expected 'rrule'"),
        (lambda: Cron("@daily", timezone="Mars/X"), "expected 'timezone'"),
        (lambda: Schedule(timezone="Mars/X"), "expected 'timezone'"),
        (
            lambda: Schedule(cron="@daily", rrule="FREQ=DAILY"),
            "a schedule has one of interval, cron and rrule, got cron and rrule",
        ),
    ],
)
def test_what_is_wrong_is_refused_where_it_is_written(make, message):
    with pytest.raises(ValueError, match=message) as refused:
        make()

    assert isinstance(refused.value, OptionError)
