"""What stands in rows, as it is answered."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.retries import RetryPolicy, retry_policy
from tidemill.store.answering import flow_run_policy, task_run_policy

SECONDS = st.floats(0, 1e6)


def recorded(policy: RetryPolicy) -> str:
    return msgspec.json.encode(policy).decode()


@given(st.integers(0, 99), st.lists(SECONDS, max_size=50), st.none() | SECONDS)
def test_what_a_task_runs_process_recorded_is_shown(count, delays, jitter):
    shown = task_run_policy(recorded(retry_policy(count, delays, jitter)))

    said = shown.retry_delay if isinstance(shown.retry_delay, list) else [shown.retry_delay]
    assert (shown.retries, shown.retry_jitter_factor) == (count, jitter)
    assert said == (delays or [None])


@pytest.mark.parametrize(("delays", "shown"), [((), (None, 0)), ((5.0,), (5, 5.0)), ((2.4, 9.0), (2, 2.4))])
def test_of_a_flow_runs_delays_the_first_is_shown_in_whole_seconds(delays, shown):
    policy = flow_run_policy(recorded(RetryPolicy(3, delays)))

    assert (policy.retries, policy.retry_delay, policy.retry_delay_seconds) == (3, *shown)


def test_what_clients_said_since_stands_above_what_was_recorded():
    assert flow_run_policy('{"count": 3, "delays": [5], "retries": 7}').retries == 7


@pytest.mark.parametrize("odd", ['{"count": "many"}', '{"count": 1, "delays": "x"}', '{"count": 1, "jitter": []}'])
def test_what_only_looks_recorded_is_refused(odd):
    for read in (flow_run_policy, task_run_policy):
        with pytest.raises(msgspec.ValidationError):
            read(odd)
