from __future__ import annotations

import pytest

from tests.domain.orchestration.making import being, flow_run, knowing, proposing, told
from tidemill.domain.orchestration.flows.bypass_cancelling import BypassCancellingFlowRunsWithNoInfra
from tidemill.domain.orchestration.flows.enforce_cancelled import EnforceCancellingToCancelledTransition

SUSPENDED = being("Suspended", pause_reschedule=True)


@pytest.mark.parametrize(
    ("present", "started", "answer"),
    [
        (being("Scheduled"), None, "REJECT Cancelled"),
        (being("Late"), None, "REJECT Cancelled"),
        (being("AwaitingRetry"), None, "REJECT Cancelled"),
        (being("Scheduled"), "pid", "ACCEPT"),
        (being("AwaitingRetry"), "pid", "ACCEPT"),
        (being("Resuming"), "pid", "REJECT Cancelled"),
        (being("Paused"), None, "ACCEPT"),
        (being("Paused"), "pid", "ACCEPT"),
        (SUSPENDED, None, "REJECT Cancelled"),
        (SUSPENDED, "pid", "REJECT Cancelled"),
    ],
)
def test_where_nothing_runs_nothing_is_stopped(present, started, answer):
    run = flow_run(present, infrastructure_pid=started)

    assert told(BypassCancellingFlowRunsWithNoInfra().judge(run, proposing("Cancelling"), knowing())) == answer


def test_the_message_of_who_cancels_is_kept():
    verdict = BypassCancellingFlowRunsWithNoInfra().judge(
        flow_run("Scheduled"), proposing("Cancelling", message="not today"), knowing()
    )

    assert verdict.state.message == "not today"


@pytest.mark.parametrize("proposed", ["Scheduled", "Running", "Completed", "Failed", "Crashed", "Cancelling"])
def test_whatever_else_comes_is_refused(proposed):
    answer = EnforceCancellingToCancelledTransition().judge(flow_run("Cancelling"), proposing(proposed), knowing())

    assert told(answer) == "REJECT"
