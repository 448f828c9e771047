"""Which runs a scheduler owes, and which it takes back."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.schedules.cron import CronSchedule
from tidemill.domain.schedules.interval import IntervalSchedule
from tidemill.domain.schedules.planning import (
    Ahead,
    ScheduledRun,
    batches,
    fires_owed,
    fires_wanted,
    idempotency_key,
    next_look,
    runs_to_withdraw,
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


def test_what_is_made_is_not_owed_again():
    made = [NOON + DAY, (NOON + 9 * DAY).astimezone(dt.timezone(HOUR))]

    assert fires_owed(every(DAY), NOON, Ahead(), made) == [NOON, NOON + 2 * DAY]


@given(
    st.timedeltas(min_value=dt.timedelta(seconds=30), max_value=10 * DAY),
    st.lists(st.timedeltas(min_value=dt.timedelta(0), max_value=DAY), max_size=6),
)
def test_however_often_it_looks_each_fire_has_one_run(length, pauses):
    schedule, now, made = every(length), NOON, []
    for pause in pauses:
        now += pause
        owed = fires_owed(schedule, now, Ahead(), made)
        assert not set(owed) & set(made)
        made += owed

    assert set(fires_wanted(schedule, now, Ahead())) <= set(made) or not pauses
    assert all((each - NOON) % length == dt.timedelta(0) for each in made)


def test_a_key_follows_from_deployment_schedule_and_instant():
    there = NOON.astimezone(dt.timezone(5 * HOUR))

    assert idempotency_key("d", "s", there) == idempotency_key("d", "s", NOON)
    keys = {idempotency_key(d, s, at) for d in ("d", "e") for s in ("s", "t") for at in (NOON, NOON + MINUTE)}
    assert len(keys) == 8


def test_only_runs_that_nobody_asked_for_and_nothing_began_are_taken_back():
    def run(name, **facts):
        return ScheduledRun(
            **{"id": name, "schedule_id": "s", "due": NOON, "auto_scheduled": True, "state_type": "SCHEDULED", **facts}
        )

    runs = [
        run("untouched"),
        run("other", schedule_id="t"),
        run("asked for", auto_scheduled=False),
        run("under way", state_type="RUNNING"),
        run("waits for its retry", run_count=1),
    ]

    assert runs_to_withdraw(runs, {"s"}) == ["untouched"]
    assert runs_to_withdraw(runs) == ["untouched", "other"]


def test_batches_are_no_larger_than_asked_for():
    assert list(batches([NOON, NOON, NOON], 2)) == [[NOON, NOON], [NOON]]
    assert list(batches([], 2)) == []


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
    made = fires_wanted(schedule, now, ahead, most)

    look = next_look(schedule, now, ahead, most)

    assert look >= now
    assert fires_owed(schedule, look, ahead, made, most) != []
    if look > now:
        assert fires_owed(schedule, look - dt.timedelta(microseconds=1), ahead, made, most) == []


def test_what_never_fires_again_needs_no_look():
    assert next_look(RRuleSchedule("FREQ=DAILY;COUNT=3"), NOON, Ahead()) is None
    assert next_look(every(DAY), NOON, Ahead(), most=0) is None
