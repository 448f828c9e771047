"""Flow runs that are over: what they may become, by request and by force."""

from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NO_RESULT, RESULT, being, flow_run, knowing, proposing, told
from tidemill.domain.orchestration import RunPolicy
from tidemill.domain.orchestration.flows.handle_terminal_states import HandleFlowTerminalStateTransitions
from tidemill.domain.orchestration.flows.prevent_result_loss import PreventResultDataLoss

USED = RunPolicy(retries=2, resuming=True, pause_keys=frozenset({"k"}), retry_type="in_process")


@pytest.mark.parametrize("present", ["Completed", "Failed", "TimedOut", "Cancelled", "Crashed"])
@pytest.mark.parametrize(
    ("proposed", "answer"),
    [
        ("Scheduled", "ACCEPT"),
        ("AwaitingRetry", "ACCEPT"),
        ("Pending", "ACCEPT"),
        ("Running", "ACCEPT"),
        ("Completed", "ACCEPT"),
        ("Failed", "ACCEPT"),
        ("Cancelled", "ACCEPT"),
        ("Crashed", "ABORT"),
        ("Paused", "ABORT"),
        ("Cancelling", "ABORT"),
    ],
)
def test_without_a_result(present, proposed, answer):
    run = flow_run(being(present, data=NO_RESULT), deployment_id="d")

    assert told(HandleFlowTerminalStateTransitions().judge(run, proposing(proposed), knowing())) == answer


@pytest.mark.parametrize(
    ("proposed", "answer"),
    [
        (proposing("Scheduled"), "REJECT"),
        (proposing("Pending"), "REJECT"),
        (proposing("Running"), "REJECT"),
        (proposing("Completed"), "REJECT"),
        (proposing("Completed", data=NO_RESULT), "REJECT"),
        (proposing("Completed", data=RESULT), "ACCEPT"),
        (proposing("Failed"), "ACCEPT"),
        (proposing("Cancelled"), "ACCEPT"),
        (proposing("Crashed"), "ABORT"),
    ],
)
@pytest.mark.parametrize("deployment_id", ["d", None])
def test_with_a_kept_result(proposed, answer, deployment_id):
    run = flow_run(being("Completed", data=RESULT), deployment_id=deployment_id)

    assert told(HandleFlowTerminalStateTransitions().judge(run, proposed, knowing())) == answer


@pytest.mark.parametrize(("proposed", "answer"), [("Scheduled", "ABORT"), ("Pending", "ACCEPT"), ("Running", "ACCEPT")])
def test_without_a_deployment_nothing_would_start_a_scheduled_run(proposed, answer):
    assert (
        told(HandleFlowTerminalStateTransitions().judge(flow_run("Failed"), proposing(proposed), knowing())) == answer
    )


@pytest.mark.parametrize(
    ("proposed", "retry_type"), [("Scheduled", "reschedule"), ("Pending", None), ("Running", None)]
)
def test_it_starts_afresh(proposed, retry_type):
    run = flow_run("Failed", deployment_id="d", policy=USED)

    verdict = HandleFlowTerminalStateTransitions().judge(run, proposing(proposed), knowing())

    assert verdict.run.policy == RunPolicy(retries=2, resuming=False, pause_keys=frozenset(), retry_type=retry_type)


@pytest.mark.parametrize(
    ("present", "proposed", "answer"),
    [
        (being("Completed", data=RESULT), proposing("Completed"), "REJECT"),
        (being("Completed", data=RESULT), proposing("Completed", data=NO_RESULT), "REJECT"),
        (being("Completed", data=RESULT), proposing("Completed", data=RESULT), "ACCEPT"),
        (being("Completed", data=RESULT), proposing("Failed"), "ACCEPT"),
        (being("Completed", data=NO_RESULT), proposing("Completed"), "ACCEPT"),
        (being("Failed", data=RESULT), proposing("Completed"), "ACCEPT"),
    ],
)
def test_force_keeps_results_too(present, proposed, answer):
    assert told(PreventResultDataLoss().judge(flow_run(present), proposed, knowing())) == answer
