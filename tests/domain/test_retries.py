"""Retry policies: how often, and when."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.retries import RetryPolicy, exponential_backoff, retry_policy, spread
from tidemill.domain.states import from_us
from tidemill.exceptions import OptionError


def test_nothing_is_tried_again_by_default():
    policy = retry_policy()

    assert policy == RetryPolicy()
    assert not policy.allows(1)


@pytest.mark.parametrize(
    ("delays", "waits"),
    [
        (None, [0, 0, 0]),
        (2, [2, 2, 2]),
        (0.5, [0.5, 0.5, 0.5]),
        ([1, 2], [1, 2, 2]),
        ((), [0, 0, 0]),
        (lambda retries: [retries, 1], [3, 1, 1]),
        (lambda _: 4, [4, 4, 4]),
        (exponential_backoff(3), [3, 6, 12]),
    ],
)
def test_each_retry_waits_as_the_option_says(delays, waits):
    policy = retry_policy(3, delays)

    assert [policy.delay_for(attempt, 0.5) for attempt in (1, 2, 3)] == waits
    assert [policy.allows(attempt) for attempt in (3, 4)] == [True, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retries": -1}, "expected 'retries' to be a whole number ≥ 0, got -1"),
        ({"retries": True}, "expected 'retries' to be a whole number ≥ 0, got True"),
        ({"retries": "a"}, "expected 'retries' to be a whole number ≥ 0, got 'a'"),
        ({"delays": -1}, "expected 'retry_delay_seconds' to be seconds ≥ 0, a hundred years at most, got -1"),
        (
            {"delays": [1, float("nan")]},
            "expected 'retry_delay_seconds' to be seconds ≥ 0, a hundred years at most, got nan",
        ),
        (
            {"delays": [1e12]},
            "expected 'retry_delay_seconds' to be seconds ≥ 0, a hundred years at most, got 1000000000000.0",
        ),
        ({"delays": [10**400]}, "expected 'retry_delay_seconds' to be seconds ≥ 0, a hundred years at most, got 1000"),
        ({"delays": [1] * 51}, "expected 'retry_delay_seconds' to be at most 50 delays, got 51"),
        ({"delays": "5"}, "expected 'retry_delay_seconds' to be a number of seconds, a list of them, or a function"),
        ({"delays": dt.timedelta(1)}, "expected 'retry_delay_seconds' to be a number of seconds"),
        ({"jitter": -0.1}, "expected 'retry_jitter_factor' to be a number ≥ 0, got -0.1"),
        ({"jitter": "a"}, "expected 'retry_jitter_factor' to be a number ≥ 0, got 'a'"),
    ],
)
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(OptionError) as refused:
        retry_policy(**options)

    assert str(refused.value).startswith(message)
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, TypeError)


def test_backoff_stays_within_the_limit_of_delays():
    assert len(retry_policy(200, exponential_backoff(1)).delays) == 50


@given(st.integers(1, 60), st.floats(0, 1e4), st.floats(0, 1, exclude_max=True))
def test_whatever_the_backoff_and_the_jitter_a_calendar_has_the_day(attempt, factor, chance):
    policy = retry_policy(60, exponential_backoff(1000), factor)

    assert from_us(int(policy.delay_for(attempt, chance) * 1_000_000)).year < 2080


def test_a_negative_backoff_is_refused():
    with pytest.raises(OptionError, match="expected 'backoff_factor' to be a number of seconds ≥ 0, got -1"):
        exponential_backoff(-1)


@given(
    st.floats(0, 1e6),
    st.floats(0, 1e4),
    st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=5).map(sorted),
)
def test_jitter_keeps_delays_in_bounds_and_in_order(base, factor, chances):
    delays = [spread(base, factor, chance) for chance in chances]

    assert delays == sorted(delays)
    assert all(0 <= delay <= base * (1 + factor) * (1 + 1e-9) for delay in delays)


@pytest.mark.parametrize("factor", [0.01, 0.3, 1, 5])
def test_jitter_leaves_the_mean_where_it_was(factor):
    chances = random.Random(7)

    delays = [spread(10, factor, chances.random()) for _ in range(20_000)]

    assert sum(delays) / len(delays) == pytest.approx(10, rel=0.02)
    assert max(delays) <= 10 * (1 + factor)


def test_jitter_is_taken_from_the_chance_that_was_given():
    policy = retry_policy(1, 10, 0.5)

    assert policy.delay_for(1, 0.2) == policy.delay_for(1, 0.2) < 10 < policy.delay_for(1, 0.9)
