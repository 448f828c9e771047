from __future__ import annotations

import pytest

from tests.domain.orchestration.making import being, knowing, proposing, task_run, told
from tidemill.domain.orchestration import FlowRunAround
from tidemill.domain.orchestration.tasks.stopped_flows import PreventRunningTasksFromStoppedFlows

RULE = PreventRunningTasksFromStoppedFlows()


@pytest.mark.parametrize(
    ("flow_state", "answer"),
    [
        ("Running", "ACCEPT"),
        ("Retrying", "ACCEPT"),
        ("Paused", "REJECT NotReady"),
        ("Suspended", "REJECT NotReady"),
        (None, "ABORT"),
        ("Scheduled", "ABORT"),
        ("Pending", "ABORT"),
        ("Completed", "ABORT"),
        ("Failed", "ABORT"),
        ("Cancelled", "ABORT"),
        ("Crashed", "ABORT"),
        ("Cancelling", "ABORT"),
    ],
)
def test_tasks_run_while_their_flow_runs(flow_state, answer):
    around = FlowRunAround(state=being(flow_state), run_count=1)

    assert told(RULE.judge(task_run("Pending"), proposing("Running"), knowing(flow_run=around))) == answer


def test_a_task_run_of_no_flow_run_runs():
    assert told(RULE.judge(task_run("Pending", flow_run_id=None), proposing("Running"), knowing())) == "ACCEPT"


def test_it_waits_as_long_as_the_flow_does():
    paused = being("Suspended", pause_timeout=60, pause_reschedule=True)

    state = RULE.judge(
        task_run("Pending"), proposing("Running"), knowing(flow_run=FlowRunAround(state=paused, run_count=1))
    ).state

    assert state.type == "PAUSED"
    assert (state.details.pause_timeout, state.details.pause_reschedule) == (paused.details.pause_timeout, True)
