from __future__ import annotations

import pytest

from tests.domain.orchestration.making import being, flow_run, knowing, proposing, told
from tidemill.domain.orchestration import RunPolicy
from tidemill.domain.orchestration.flows.handle_pausing import HandlePausingFlows
from tidemill.domain.orchestration.flows.handle_resuming import HandleResumingPausedFlows
from tidemill.domain.orchestration.verdicts import Followed
from tidemill.domain.pauses import timed_out_id

PAUSE = proposing("Paused", pause_key="new")
SUSPENSION = proposing("Suspended", pause_key="new", pause_reschedule=True)
USED = RunPolicy(pause_keys=frozenset({"used"}))


@pytest.mark.parametrize(
    ("run", "proposed", "answer"),
    [
        (flow_run("Running"), PAUSE, "ACCEPT"),
        (flow_run("Running"), proposing("Paused"), "ACCEPT"),
        (flow_run("Running", policy=USED), PAUSE, "ACCEPT"),
        (flow_run("Running", policy=USED), proposing("Paused", pause_key="used"), "REJECT"),
        (flow_run("Running", parent_task_run_id="p"), PAUSE, "ACCEPT"),
        (flow_run("Scheduled"), PAUSE, "REJECT"),
        (flow_run("Pending"), PAUSE, "REJECT"),
        (flow_run("Paused"), PAUSE, "REJECT"),
        (flow_run(), PAUSE, "ABORT"),
        (flow_run("Running", deployment_id="d"), SUSPENSION, "ACCEPT"),
        (flow_run("Running"), SUSPENSION, "ABORT"),
        (flow_run("Running", deployment_id="d", parent_task_run_id="p"), SUSPENSION, "ABORT"),
        (flow_run("Pending", deployment_id="d"), SUSPENSION, "REJECT"),
        (flow_run(), SUSPENSION, "ABORT"),
    ],
)
def test_who_may_pause(run, proposed, answer):
    assert told(HandlePausingFlows().judge(run, proposed, knowing())) == answer


def test_a_key_is_remembered():
    run = flow_run("Running", policy=USED)

    followed = HandlePausingFlows().follow(run, run, PAUSE, knowing())

    assert followed.run.policy.pause_keys == {"used", "new"}


def test_a_pause_without_a_key_leaves_nothing_behind():
    run = flow_run("Running", policy=USED)

    assert HandlePausingFlows().follow(run, run, proposing("Paused"), knowing()) == Followed()


IN_TIME = being("Paused", pause_timeout=60)
TOO_LATE = being("Paused", pause_timeout=-1)
SUSPENDED = being("Suspended", pause_reschedule=True, pause_timeout=60)
SUSPENDED_TOO_LATE = being("Suspended", pause_reschedule=True, pause_timeout=-1)


@pytest.mark.parametrize(
    ("present", "deployment", "proposed", "answer"),
    [
        (being("Paused"), None, "Running", "ACCEPT"),
        (IN_TIME, None, "Running", "ACCEPT"),
        (IN_TIME, None, "Scheduled", "ACCEPT"),
        (IN_TIME, None, "Pending", "REJECT"),
        (IN_TIME, None, "Paused", "REJECT"),
        (IN_TIME, None, "Completed", "ACCEPT"),
        (IN_TIME, None, "Cancelled", "ACCEPT"),
        (IN_TIME, None, "Cancelling", "ACCEPT"),
        (TOO_LATE, None, "Running", "REJECT Failed"),
        (TOO_LATE, None, "Scheduled", "REJECT Failed"),
        (TOO_LATE, None, "Completed", "REJECT Failed"),
        (TOO_LATE, None, "Cancelling", "ACCEPT"),
        (TOO_LATE, None, "Pending", "REJECT"),
        (SUSPENDED, "d", "Resuming", "ACCEPT"),
        (SUSPENDED, None, "Resuming", "REJECT"),
        (SUSPENDED, None, "Cancelling", "ACCEPT"),
        (SUSPENDED_TOO_LATE, "d", "Resuming", "REJECT Failed"),
        (SUSPENDED_TOO_LATE, None, "Resuming", "REJECT"),
    ],
)
def test_how_a_pause_may_be_left(present, deployment, proposed, answer):
    run = flow_run(present, deployment_id=deployment)

    assert told(HandleResumingPausedFlows().judge(run, proposing(proposed), knowing())) == answer


def test_a_pause_that_nobody_ended_in_time_is_recognised_as_such():
    state = HandleResumingPausedFlows().judge(flow_run(TOO_LATE), proposing("Running"), knowing()).state

    assert (state.id, state.message) == (
        timed_out_id("state-Paused"),
        "The flow run was paused, and nobody resumed it in time",
    )


@pytest.mark.parametrize("proposed", ["Running", "Resuming"])
def test_going_on_is_marked(proposed):
    assert HandleResumingPausedFlows().judge(flow_run("Paused"), proposing(proposed), knowing()).run.policy.resuming
