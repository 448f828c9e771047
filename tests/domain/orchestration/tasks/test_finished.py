from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NO_RESULT, RESULT, being, knowing, proposing, task_run, told
from tidemill.domain.orchestration import FlowRunAround
from tidemill.domain.orchestration.tasks.handle_terminal_states import HandleTaskTerminalStateTransitions

RULE = HandleTaskTerminalStateTransitions()


@pytest.mark.parametrize("present", ["Completed", "Failed", "Cancelled", "Crashed"])
@pytest.mark.parametrize(
    ("proposed", "answer"),
    [
        ("Scheduled", "ACCEPT"),
        ("Pending", "ACCEPT"),
        ("Running", "ACCEPT"),
        ("RolledBack", "ACCEPT"),
        ("Failed", "ACCEPT"),
        ("Cancelled", "ACCEPT"),
        ("Crashed", "ABORT"),
        ("Paused", "ABORT"),
        ("Cancelling", "ABORT"),
    ],
)
def test_without_a_result(present, proposed, answer):
    assert told(RULE.judge(task_run(being(present, data=NO_RESULT)), proposing(proposed), knowing())) == answer


@pytest.mark.parametrize(
    ("proposed", "answer"),
    [
        (proposing("Running"), "REJECT"),
        (proposing("Scheduled"), "REJECT"),
        (proposing("Failed"), "REJECT"),
        (proposing("Completed", data=RESULT), "REJECT"),
        (proposing("Paused"), "ABORT"),
    ],
)
def test_with_a_kept_result(proposed, answer):
    assert told(RULE.judge(task_run(being("Completed", data=RESULT)), proposed, knowing())) == answer


@pytest.mark.parametrize(
    ("proposed", "flow_attempt", "own_attempt", "name"),
    [
        ("Running", 2, 1, "Retrying"),
        ("Running", 2, 2, None),
        ("Running", 1, 2, None),
        ("Pending", 2, 1, None),
        ("Running", None, 0, None),
    ],
)
def test_it_counts_its_tries_afresh_and_is_retrying_in_a_new_attempt(proposed, flow_attempt, own_attempt, name):
    around = None if flow_attempt is None else FlowRunAround(state=being("Running"), run_count=flow_attempt)
    run = task_run("Failed", run_count=3, flow_run_attempt=own_attempt)

    verdict = RULE.judge(run, proposing(proposed), knowing(flow_run=around))

    assert verdict.run.run_count == 0
    assert (verdict.state and verdict.state.name) == name
