"""Schedules by recurrence rule."""

from __future__ import annotations

import datetime as dt
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.domain.schedules.transitions import made_or_refused, zone_and_moment
from tidemill.domain.schedules.rrule import RRuleSchedule
from tidemill.exceptions import OptionError

MARCH = dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC)


def fires(schedule, after, count):
    return list(islice(schedule.fires_after(after), count))


def found(rule, count=3, *, after=MARCH, zone="UTC"):
    there = ZoneInfo(zone)
    return [
        each.astimezone(there).strftime("%y-%m-%d %H:%M:%S") for each in fires(RRuleSchedule(rule, zone), after, count)
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY", ["26-03-28 00:00:00", "26-03-29 00:00:00", "26-03-30 00:00:00"]),
        ("rrule:freq=daily;byhour=9,17", ["26-03-27 17:00:00", "26-03-28 09:00:00", "26-03-28 17:00:00"]),
        ("DTSTART:20260101T023000\nRRULE:FREQ=WEEKLY", ["26-04-02 02:30:00", "26-04-09 02:30:00", "26-04-16 02:30:00"]),
        ("DTSTART:19010131T000000\nFREQ=MONTHLY", ["26-03-31 00:00:00", "26-05-31 00:00:00", "26-07-31 00:00:00"]),
        ("DTSTART:19040229T010000\nFREQ=YEARLY", ["28-02-29 01:00:00", "32-02-29 01:00:00", "36-02-29 01:00:00"]),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            ["26-03-31 00:00:00", "26-04-30 00:00:00", "26-05-29 00:00:00"],
        ),
        ("FREQ=YEARLY;BYEASTER=0", ["26-04-05 00:00:00", "27-03-28 00:00:00", "28-04-16 00:00:00"]),
        ("DTSTART:20200101T000000\nFREQ=DAILY;COUNT=5", []),
        ("FREQ=DAILY;UNTIL=20260328T000000Z", ["26-03-28 00:00:00"]),
        (
            "DTSTART:20260327T000000\nFREQ=HOURLY;INTERVAL=9;BYDAY=FR,SA;COUNT=4",
            ["26-03-27 18:00:00", "26-03-28 03:00:00"],
        ),
        ("RDATE:20260401T120000,20260401T110000", ["26-04-01 11:00:00", "26-04-01 12:00:00"]),
        (
            "FREQ=DAILY\nEXDATE:20260328T000000\nRDATE:20260328T120000",
            ["26-03-28 12:00:00", "26-03-29 00:00:00", "26-03-30 00:00:00"],
        ),
        (
            "RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU",
            ["26-03-30 00:00:00", "26-03-31 00:00:00", "26-04-01 00:00:00"],
        ),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=SA\nRRULE:FREQ=WEEKLY;BYDAY=SU",
            ["26-03-28 00:00:00", "26-03-29 00:00:00", "26-04-04 00:00:00"],
        ),
        (
            "DTSTART;TZID=America/New_York:20260101T090000\nFREQ=DAILY",
            ["26-03-28 09:00:00", "26-03-29 09:00:00", "26-03-30 09:00:00"],
        ),
        (
            "FREQ=SECONDLY;BYHOUR=3;BYMINUTE=0;BYSECOND=0",
            ["26-03-28 03:00:00", "26-03-29 03:00:00", "26-03-30 03:00:00"],
        ),
        (
            "DTSTART:19700101T000000\nFREQ=SECONDLY;INTERVAL=7",
            ["26-03-27 12:00:05", "26-03-27 12:00:12", "26-03-27 12:00:19"],
        ),
    ],
)
def test_rules(rule, expected):
    assert found(rule) == expected


def test_where_clocks_jump_the_hour_is_kept():
    rule = "DTSTART:20260101T023000\nRRULE:FREQ=DAILY"

    assert found(rule, 3, zone="Europe/Berlin") == ["26-03-28 02:30:00", "26-03-29 03:30:00", "26-03-30 02:30:00"]


FREQUENCIES = {"YEARLY": 366, "MONTHLY": 31, "WEEKLY": 7, "DAILY": 1, "HOURLY": 1 / 24, "MINUTELY": 1 / 1440}


@st.composite
def rules(draw):
    """A rule with a start some hundreds of periods ago, for dateutil to step from."""
    freq = draw(st.sampled_from(sorted(FREQUENCIES)))
    interval = draw(st.integers(1, 5))
    periods = draw(st.integers(0, 20 if freq == "YEARLY" else 300))
    ago = dt.timedelta(days=FREQUENCIES[freq] * interval * periods, minutes=draw(st.integers(0, 1440)))
    parts = [f"FREQ={freq}", f"INTERVAL={interval}"]
    some = {
        "BYMONTH": st.integers(1, 12),
        "BYMONTHDAY": st.integers(-31, 31).filter(bool),
        "BYDAY": st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]),
        "BYHOUR": st.integers(0, 23),
        "BYMINUTE": st.integers(0, 59),
    }
    for part in draw(st.sets(st.sampled_from(sorted(some)), max_size=2)):
        parts.append(f"{part}={','.join(map(str, draw(st.lists(some[part], min_size=1, max_size=4))))}")
    if freq in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY") and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from([1, -1]))}")
    start = (MARCH - ago).replace(tzinfo=None, second=0, microsecond=0)
    end = draw(st.sampled_from(["", "", f";COUNT={draw(st.integers(1, 400))}", f";UNTIL={MARCH + ago:%Y%m%dT%H%M%S}"]))
    return start, ";".join(parts) + end


@settings(max_examples=80 if FULL else 25)
@given(rules())
def test_nothing_is_lost_by_not_stepping_there(rule):
    """What dateutil says that steps from the start, and what we say that do not."""
    start, text = rule
    schedule, why = made_or_refused(lambda: RRuleSchedule(f"DTSTART:{start:%Y%m%dT%H%M%S}\nRRULE:{text}"))
    if schedule is None:
        assert "never fire" in why or "empty" in why
        return
    horizon = MARCH.replace(tzinfo=None) + dt.timedelta(days=3000)
    stepped = takewhile(lambda wall: wall < horizon, rrulestr(text, dtstart=start))

    expected = list(islice((wall for wall in stepped if wall > MARCH.replace(tzinfo=None)), 4))

    assume(expected or "COUNT" in text or "UNTIL" in text)
    assert [each.replace(tzinfo=None) for each in fires(schedule, MARCH, max(len(expected), 1))] == expected


@given(
    zone_and_moment(), st.sampled_from(["FREQ=HOURLY", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "FREQ=MINUTELY;INTERVAL=50"])
)
def test_the_same_fires_are_found_from_anywhere(where, rule):
    name, moment = where
    schedule = RRuleSchedule(f"DTSTART:19010203T040506\nRRULE:{rule}", name)
    all_of_them = fires(schedule, moment, 8)

    assert all_of_them == sorted(set(all_of_them))
    for position, each in enumerate(all_of_them):
        assert fires(schedule, each, 7 - position) == all_of_them[position + 1 :]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("", "a recurrence rule, such as"),
        (None, "a recurrence rule, such as"),
        ("X" * 6501, "at most 6500 characters, got 6501"),
        ("garbage", "'GARBAGE' is no part of a rule"),
        ("FREQ=FOO", "a rule needs FREQ"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is a whole number"),
        ("FREQ=DAILY;INTERVAL=99999", "INTERVAL is a whole number from 1 to 36525"),
        ("FREQ=DAILY;COUNT=-1", "COUNT is a whole number"),
        ("FREQ=DAILY;COUNT=" + "9" * 5000, "COUNT is a whole number"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "COUNT or UNTIL, not both"),
        ("FREQ=DAILY;UNTIL=tomorrow", "'TOMORROW' is no time"),
        ("DTSTART:10:00\nFREQ=DAILY", "'10:00' is no time"),
        ("DTSTART:99990101T000000\nFREQ=DAILY", "not between the years"),
        ("DTSTART:20260101T000000", "neither an RRULE nor an RDATE"),
        ("VALARM:1\nFREQ=DAILY", "'VALARM' is none of"),
        ("FREQ=DAILY;BYHOUR=99", "hour must be in"),
        ("FREQ=DAILY;WKST=XX", "WKST"),
        ("FREQ=YEARLY;BYEASTER=99999999999999", "expected 'rrule'"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never fire"),
        ("FREQ=SECONDLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30", "never fire"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "never fire"),
        ("RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY", "never fire"),
        ("FREQ=MINUTELY;INTERVAL=120;BYMINUTE=1", "expected 'rrule'"),
        ("FREQ=SECONDLY", "each second for ever"),
        ("FREQ=HOURLY;BYSETPOS=1", "BYSETPOS goes with DAILY and longer"),
        ("FREQ=HOURLY;BYDAY=MO;COUNT=5000", "COUNT of at most 2000"),
        ("\n".join(["RRULE:FREQ=DAILY"] * 11), "more than 10 rules"),
    ],
)
def test_what_cannot_be_read_or_never_fires_is_refused(rule, why):
    with pytest.raises(OptionError, match="expected 'rrule' to ") as refused:
        RRuleSchedule(rule)

    assert why in str(refused.value)


@settings(max_examples=60 if FULL else 20)
@given(
    st.text(alphabet="FREQ=DAILYHOURSECONDWKT;:BY0123456789,-\n", max_size=80),
    st.sampled_from(["", "FREQ=DAILY;", "FREQ=HOURLY;BY"]),
)
def test_any_text_is_read_or_refused(text, start):
    try:
        next(RRuleSchedule(start + text).fires_after(MARCH), None)
    except OptionError:
        pass


@pytest.mark.parametrize("moment", [dt.datetime.min, dt.datetime.max.replace(tzinfo=dt.UTC)])
def test_the_ends_of_the_calendar_are_no_harm(moment):
    assert len(fires(RRuleSchedule("FREQ=DAILY", "Asia/Tokyo"), moment, 1)) == (1 if moment.year == 1 else 0)
