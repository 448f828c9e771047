from __future__ import annotations

import pytest

from tests.domain.orchestration.making import being, flow_run, knowing, proposing, told
from tidemill.domain.orchestration.both.wait_for_scheduled_time import WaitForScheduledTime


@pytest.mark.parametrize(
    ("name", "due", "answer"),
    [
        ("Scheduled", 60, "WAIT 60"),
        ("AwaitingRetry", 60, "WAIT 60"),
        ("Pending", 60, "WAIT 60"),
        ("Pending", 1.2, "WAIT 1"),
        ("Scheduled", 0.4, "ACCEPT"),
        ("Scheduled", 0, "ACCEPT"),
        ("Late", -60, "ACCEPT"),
        ("Pending", None, "ACCEPT"),
    ],
)
def test_nothing_runs_before_it_is_due(name, due, answer):
    run = flow_run(being(name, scheduled_time=due))

    assert told(WaitForScheduledTime().judge(run, proposing("Running"), knowing())) == answer
