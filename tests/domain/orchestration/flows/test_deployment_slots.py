"""A deployment's slots: taken, kept, lost, given back."""

from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NOW, SECOND, being, flow_run, knowing, proposing, told
from tidemill.domain.orchestration import DeploymentLimit, FlowRunFacts, RunPolicy
from tidemill.domain.orchestration.effects import (
    ReleaseDeploymentSlot,
    RenewDeploymentLease,
    RevokeDeploymentLease,
    TakeDeploymentSlot,
)
from tidemill.domain.orchestration.flows.deployment_slots import renews_leases
from tidemill.domain.orchestration.flows.preserve_lease_id import PreserveDeploymentConcurrencyLeaseId
from tidemill.domain.orchestration.flows.release_slots import ReleaseFlowConcurrencySlots
from tidemill.domain.orchestration.flows.revoke_lease import RemoveDeploymentConcurrencyLeaseForOldClientVersions
from tidemill.domain.orchestration.flows.secure_slots import SecureFlowConcurrencySlots
from tidemill.domain.orchestration.flows.validate_slot import ValidateDeploymentConcurrencyAtRunning
from tidemill.domain.states import from_us

NEW_CLIENT = "3.8.8"


def limit(free: int, *, of: int = 1, strategy: str = "ENQUEUE", live: bool = False) -> DeploymentLimit:
    return DeploymentLimit(id="l", limit=of, free=free, strategy=strategy, grace_seconds=300, lease_is_live=live)


def holding(name: str, **facts: object) -> FlowRunFacts:
    """A run of a deployment whose state names a lease."""
    return flow_run(being(name, deployment_concurrency_lease_id="lease"), deployment_id="d", **facts)


TAKEN = (TakeDeploymentSlot("l", "new-lease", "flow-run", 300),)


@pytest.mark.parametrize(
    ("run", "limit", "answer", "effects"),
    [
        (flow_run("Scheduled", deployment_id="d"), None, "ACCEPT", ()),
        (flow_run("Scheduled", deployment_id="d"), limit(1), "ACCEPT", TAKEN),
        (flow_run(deployment_id="d"), limit(1), "ACCEPT", TAKEN),
        (flow_run("Scheduled", deployment_id="d"), limit(0), "REJECT AwaitingConcurrencySlot", ()),
        (flow_run("Scheduled", deployment_id="d"), limit(0, strategy="CANCEL_NEW"), "REJECT Cancelled", ()),
        (flow_run("Scheduled", deployment_id="d"), limit(0, of=0), "ABORT", ()),
        (flow_run("Scheduled", deployment_id="d"), limit(0, of=0, strategy="CANCEL_NEW"), "ABORT", ()),
        (holding("AwaitingRetry"), limit(0, live=True), "ACCEPT", (RenewDeploymentLease("lease"),)),
        (holding("AwaitingRetry"), limit(1, live=False), "ACCEPT", TAKEN),
    ],
)
def test_a_slot_before_anything_is_started(run, limit, answer, effects):
    verdict = SecureFlowConcurrencySlots().judge(run, proposing("Pending"), knowing(deployment_limit=limit))

    assert told(verdict) == answer
    assert getattr(verdict, "effects", ()) == effects


def test_a_slot_is_known_by_its_lease():
    verdict = SecureFlowConcurrencySlots().judge(
        flow_run("Scheduled"), proposing("Pending"), knowing(deployment_limit=limit(1))
    )

    assert verdict.state.details.deployment_concurrency_lease_id == "new-lease"


def test_who_finds_no_slot_is_tried_again():
    facts = knowing(deployment_limit=limit(0), requeue_seconds=45)

    state = SecureFlowConcurrencySlots().judge(flow_run("Scheduled"), proposing("Pending"), facts).state

    assert state.details.scheduled_time == from_us(NOW + 45 * SECOND)


@pytest.mark.parametrize(
    ("run", "limit", "client", "answer", "effects"),
    [
        (holding("Pending"), limit(0, live=True), NEW_CLIENT, "ACCEPT", (RenewDeploymentLease("lease"),)),
        (holding("Pending"), limit(1), NEW_CLIENT, "ACCEPT", TAKEN),
        (holding("Pending"), limit(0), NEW_CLIENT, "REJECT Cancelled", ()),
        (holding("Pending"), limit(0), "3.4.10", "ACCEPT", ()),
        (holding("Pending"), limit(0), None, "ACCEPT", ()),
        (holding("Pending"), None, NEW_CLIENT, "ACCEPT", ()),
        (flow_run("Pending", deployment_id="d"), limit(0), NEW_CLIENT, "ACCEPT", ()),
    ],
)
def test_a_run_begins_with_its_slot_in_hand(run, limit, client, answer, effects):
    facts = knowing(deployment_limit=limit, client_version=client)

    verdict = ValidateDeploymentConcurrencyAtRunning().judge(run, proposing("Running"), facts)

    assert told(verdict) == answer
    assert verdict.effects == effects


@pytest.mark.parametrize(
    ("version", "renews"),
    [
        ("3.8.8", True),
        ("3.4.11", True),
        ("4.0.0", True),
        ("3.10.0", True),
        ("3.4.12.dev1", True),
        ("3.4.10", False),
        ("3.4.11rc1", False),
        ("2.20.16", False),
        ("3.8", False),
        ("nonsense", False),
        ("", False),
        (None, False),
    ],
)
def test_which_clients_renew_leases(version, renews):
    assert renews_leases(version) is renews


@pytest.mark.parametrize(
    ("run", "client", "effects"),
    [
        (holding("Pending"), "3.4.10", (RevokeDeploymentLease("lease"),)),
        (holding("Pending"), None, (RevokeDeploymentLease("lease"),)),
        (holding("Pending"), NEW_CLIENT, ()),
        (flow_run("Pending", deployment_id="d"), "3.4.10", ()),
    ],
)
def test_an_old_client_does_not_lose_its_slot_to_a_lease(run, client, effects):
    rule = RemoveDeploymentConcurrencyLeaseForOldClientVersions()

    assert rule.follow(run, run, proposing("Running"), knowing(client_version=client)).effects == effects


GIVEN_BACK = (ReleaseDeploymentSlot("d", "flow-run", "lease"),)
IN_PROCESS = RunPolicy(retry_type="in_process")


@pytest.mark.parametrize(
    ("run", "written", "effects"),
    [
        (holding("Running"), "Completed", GIVEN_BACK),
        (holding("Running"), "Failed", GIVEN_BACK),
        (holding("Running"), "Paused", GIVEN_BACK),
        (holding("Pending"), "Scheduled", GIVEN_BACK),
        (holding("Pending"), "Crashed", GIVEN_BACK),
        (holding("Cancelling"), "Cancelled", GIVEN_BACK),
        (holding("Running"), "Cancelling", ()),
        (holding("Pending"), "Running", ()),
        (holding("Running", policy=IN_PROCESS), "AwaitingRetry", ()),
        (holding("AwaitingRetry", policy=IN_PROCESS), "Running", ()),
        (holding("AwaitingRetry", policy=IN_PROCESS), "Cancelled", GIVEN_BACK),
        (holding("AwaitingRetry", policy=IN_PROCESS), "Late", ()),
        (holding("Running", policy=RunPolicy(retry_type="reschedule")), "AwaitingRetry", GIVEN_BACK),
        (holding("Scheduled"), "Cancelled", ()),
        (holding("Completed"), "Scheduled", ()),
        (flow_run("Running"), "Completed", ()),
        (flow_run("Running", deployment_id="d"), "Completed", (ReleaseDeploymentSlot("d", "flow-run", None),)),
    ],
)
def test_a_slot_is_given_back(run, written, effects):
    assert ReleaseFlowConcurrencySlots().follow(run, run, proposing(written), knowing()).effects == effects


@pytest.mark.parametrize(
    ("present", "proposed", "lease"),
    [("lease", None, "lease"), ("lease", "other", "other"), (None, "other", "other"), (None, None, None)],
)
def test_the_lease_goes_with_the_run(present, proposed, lease):
    run = flow_run(being("Pending", deployment_concurrency_lease_id=present))
    state = proposing("Running", deployment_concurrency_lease_id=proposed)

    verdict = PreserveDeploymentConcurrencyLeaseId().judge(run, state, knowing())

    assert (verdict.state or state).details.deployment_concurrency_lease_id == lease
