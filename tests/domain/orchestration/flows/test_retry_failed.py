from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NOW, SECOND, flow_run, knowing, proposing, told
from tidemill.domain.orchestration import RunPolicy
from tidemill.domain.orchestration.flows.retry_failed import RetryFailedFlows
from tidemill.domain.states import from_us

RULE = RetryFailedFlows()


@pytest.mark.parametrize(
    ("retries", "run_count", "answer"),
    [
        (None, 1, "ACCEPT"),
        (0, 1, "ACCEPT"),
        (2, 1, "REJECT AwaitingRetry"),
        (2, 2, "REJECT AwaitingRetry"),
        (2, 3, "ACCEPT"),
        (2, 4, "ACCEPT"),
    ],
)
@pytest.mark.parametrize("proposed", ["Failed", "TimedOut"])
def test_while_there_are_retries_left(retries, run_count, answer, proposed):
    run = flow_run("Running", run_count=run_count, policy=RunPolicy(retries=retries))

    assert told(RULE.judge(run, proposing(proposed), knowing())) == answer


@pytest.mark.parametrize(("delay", "seconds"), [(None, 0), (30, 30), (0.5, 0.5)])
def test_after_the_delay(delay, seconds):
    run = flow_run("Running", policy=RunPolicy(retries=1, retry_delay=delay))

    state = RULE.judge(run, proposing("Failed", message="no luck"), knowing()).state

    assert state.details.scheduled_time == from_us(NOW + round(seconds * SECOND))
    assert state.message == "no luck"


def test_the_next_try_is_in_the_process_and_passes_through_all_pauses_again():
    policy = RunPolicy(retries=1, resuming=True, pause_keys=frozenset({"k"}), retry_type="reschedule")

    after = RULE.judge(flow_run("Running", policy=policy), proposing("Failed"), knowing()).run.policy

    assert after == RunPolicy(retries=1, resuming=False, pause_keys=frozenset(), retry_type="in_process")


def test_the_slot_is_kept():
    run = flow_run("Running", policy=RunPolicy(retries=1))

    state = RULE.judge(run, proposing("Failed", deployment_concurrency_lease_id="lease"), knowing()).state

    assert state.details.deployment_concurrency_lease_id == "lease"


def test_the_last_failure_ends_retrying():
    run = flow_run("Running", run_count=2, policy=RunPolicy(retries=1, retry_type="in_process"))

    assert RULE.judge(run, proposing("Failed"), knowing()).run.policy.retry_type is None
