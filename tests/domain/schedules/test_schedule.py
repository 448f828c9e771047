"""How schedules cross the wire."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tidemill.domain.schedules.cron import CronSchedule
from tidemill.domain.schedules.interval import IntervalSchedule
from tidemill.domain.schedules.rrule import RRuleSchedule
from tidemill.domain.schedules.schedule import schedule_from_wire, schedule_to_wire
from tidemill.exceptions import OptionError

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("schedule", "wire"),
    [
        (
            IntervalSchedule(dt.timedelta(hours=1), NOW, "Europe/Berlin"),
            {"interval": 3600.0, "anchor_date": "2026-01-01T12:00:00Z", "timezone": "Europe/Berlin"},
        ),
        (CronSchedule("0 9 * * 1", day_or=False), {"cron": "0 9 * * 1", "timezone": None, "day_or": False}),
        (RRuleSchedule("FREQ=DAILY", "Asia/Tokyo"), {"rrule": "FREQ=DAILY", "timezone": "Asia/Tokyo"}),
    ],
)
def test_there_and_back(schedule, wire):
    assert schedule_to_wire(schedule) == wire
    assert schedule_from_wire(json.loads(json.dumps(wire)), NOW) == schedule


def test_an_interval_is_a_duration_too_and_counts_from_now():
    assert schedule_from_wire({"interval": "PT90S"}, NOW) == IntervalSchedule(dt.timedelta(seconds=90), NOW)
    assert schedule_from_wire({"interval": 90, "anchor_date": "2026-01-01T12:00:00"}, NOW) == IntervalSchedule(
        dt.timedelta(seconds=90), NOW
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "expected 'schedule' to be an object"),
        ({}, "expected 'schedule' to be an object with one of"),
        ({"cron": "@daily", "rrule": "FREQ=DAILY"}, "expected 'schedule' to be an object with one of"),
        (
            {"cron": "@daily", "time_zone": "UTC"},
            "unknown field 'time_zone' of a schedule by cron, did you mean 'timezone'?",
        ),
        ({"cron": "@daily", "timezone": 5}, "expected 'timezone'"),
        ({"cron": 5}, "expected 'cron'"),
        ({"cron": "@daily", "day_or": "yes"}, "expected 'day_or'"),
        ({"rrule": ["FREQ=DAILY"]}, "expected 'rrule'"),
        ({"interval": "often"}, "expected 'interval'"),
        ({"interval": {}}, "expected 'interval'"),
        ({"interval": -5}, "expected 'interval'"),
        ({"interval": 60, "anchor_date": "soon"}, "expected 'anchor_date'"),
        ({"interval": 60, "anchor_date": 7}, "expected 'anchor_date'"),
        ({"interval": 60, "timezone": "Mars/X"}, "expected 'timezone'"),
    ],
)
def test_what_is_wrong_is_named(data, message):
    with pytest.raises(OptionError, match=message.replace("?", r"\?")):
        schedule_from_wire(data, NOW)
