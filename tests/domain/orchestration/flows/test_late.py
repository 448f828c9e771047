from __future__ import annotations

import pytest

from tests.domain.orchestration.making import flow_run, knowing, proposing, told
from tidemill.domain.orchestration import DeploymentLimit
from tidemill.domain.orchestration.flows.late import EnsureOnlyScheduledFlowsMarkedLate
from tidemill.domain.orchestration.flows.late_concurrency import EnforceDeploymentConcurrencyOnLate


@pytest.mark.parametrize(
    ("present", "proposed", "answer"),
    [
        ("Scheduled", "Late", "ACCEPT"),
        ("AwaitingRetry", "Late", "ACCEPT"),
        ("Resuming", "Late", "ACCEPT"),
        (None, "Late", "ACCEPT"),
        ("Late", "Late", "REJECT"),
        ("Pending", "Late", "REJECT"),
        ("Running", "Late", "REJECT"),
        ("Paused", "Late", "REJECT"),
        ("Running", "Scheduled", "ACCEPT"),
        ("Late", "Scheduled", "ACCEPT"),
    ],
)
def test_only_what_waits_becomes_late(present, proposed, answer):
    assert told(EnsureOnlyScheduledFlowsMarkedLate().judge(flow_run(present), proposing(proposed), knowing())) == answer


@pytest.mark.parametrize(
    ("limit", "proposed", "answer"),
    [
        (None, "Late", "ACCEPT"),
        (DeploymentLimit(id="l", limit=1, free=1, strategy="CANCEL_NEW"), "Late", "ACCEPT"),
        (DeploymentLimit(id="l", limit=1, free=0, strategy="ENQUEUE"), "Late", "ACCEPT"),
        (DeploymentLimit(id="l", limit=1, free=0, strategy="CANCEL_NEW"), "Late", "REJECT Cancelled"),
        (DeploymentLimit(id="l", limit=0, free=0, strategy="CANCEL_NEW"), "Late", "REJECT Cancelled"),
        (DeploymentLimit(id="l", limit=1, free=0, strategy="CANCEL_NEW"), "AwaitingRetry", "ACCEPT"),
    ],
)
def test_a_full_deployment_that_cancels_new_runs_cancels_late_ones(limit, proposed, answer):
    run = flow_run("Scheduled", deployment_id="d")

    verdict = EnforceDeploymentConcurrencyOnLate().judge(run, proposing(proposed), knowing(deployment_limit=limit))

    assert told(verdict) == answer
