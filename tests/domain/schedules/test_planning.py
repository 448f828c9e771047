"""Which runs a scheduler owes, and when it looks again."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.schedules.cron import CronSchedule
from tidemill.domain.schedules.interval import IntervalSchedule
from tidemill.domain.schedules.planning import (
    Ahead,
    fires_wanted,
    idempotency_key,
    next_look,
)
from tidemill.domain.schedules.rrule import RRuleSchedule

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def every(length):
    return IntervalSchedule(length, NOON)


def test_a_rare_schedule_has_its_fewest_runs_made():
    assert fires_wanted(every(DAY), NOON, Ahead()) == [NOON, NOON + DAY, NOON + 2 * DAY]


def test_a_frequent_one_has_those_of_the_next_hour():
    assert fires_wanted(every(10 * MINUTE), NOON, Ahead()) == [NOON + k * 10 * MINUTE for k in range(7)]


def test_never_more_than_the_most():
    assert len(fires_wanted(every(dt.timedelta(seconds=1)), NOON, Ahead())) == 100
    assert len(fires_wanted(every(DAY), NOON, Ahead(), most=1)) == 1
    assert fires_wanted(every(DAY), NOON, Ahead(max_runs=0)) == []


def test_never_beyond_the_horizon():
    assert fires_wanted(every(60 * DAY), NOON, Ahead()) == [NOON, NOON + 60 * DAY]
    assert fires_wanted(CronSchedule("0 0 29 2 *"), NOON, Ahead()) == []


def test_what_has_passed_is_not_owed():
    assert fires_wanted(every(DAY), NOON + MINUTE, Ahead())[0] == NOON + DAY
    assert fires_wanted(RRuleSchedule("FREQ=DAILY;COUNT=3"), NOON, Ahead()) == []


def test_a_key_follows_from_deployment_schedule_and_instant():
    there = NOON.astimezone(dt.timezone(5 * HOUR))

    assert idempotency_key("d", "s", there) == idempotency_key("d", "s", NOON)
    keys = {idempotency_key(d, s, at) for d in ("d", "e") for s in ("s", "t") for at in (NOON, NOON + MINUTE)}
    assert len(keys) == 8


@given(
    st.sampled_from(
        [every(MINUTE), every(7 * MINUTE), every(HOUR), every(DAY), every(40 * DAY), CronSchedule("0 0 L * *")]
    ),
    st.timedeltas(min_value=dt.timedelta(0), max_value=3 * DAY),
    st.builds(Ahead, min_runs=st.integers(0, 5), max_runs=st.integers(1, 70)),
    st.one_of(st.none(), st.integers(1, 10)),
)
def test_nobody_needs_to_look_before_it_is_time(schedule, later, ahead, most):
    now = NOON + later
    made = set(fires_wanted(schedule, now, ahead, most))

    look = next_look(schedule, now, ahead, most)

    assert look >= now
    assert set(fires_wanted(schedule, look, ahead, most)) - made
    if look > now:
        assert not set(fires_wanted(schedule, look - dt.timedelta(microseconds=1), ahead, most)) - made


def test_what_never_fires_again_needs_no_look():
    assert next_look(RRuleSchedule("FREQ=DAILY;COUNT=3"), NOON, Ahead()) is None
    assert next_look(every(DAY), NOON, Ahead(), most=0) is None
