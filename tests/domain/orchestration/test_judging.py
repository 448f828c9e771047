"""How rules are asked: selected, passed over, dropped, followed."""

from __future__ import annotations

import pytest

from tests.contract.facts import raw
from tests.domain.orchestration.making import NOW, SECOND, being, flow_run, knowing, proposing, task_run
from tidemill.domain.orchestration import DeploymentLimit, Fact, FlowRunAround, RunPolicy, TagLimit, judge, needed_facts
from tidemill.domain.orchestration.effects import (
    EmitStateChange,
    ReleaseDeploymentSlot,
    TakeDeploymentSlot,
    TakeTagSlots,
)
from tidemill.domain.orchestration.policies import (
    CORE_FLOW_POLICY,
    CORE_TASK_POLICY,
    MINIMAL_FLOW_POLICY,
    MINIMAL_TASK_POLICY,
)

DETAILS = raw("states.json")["set_state"]["details"]
RUNNING_FLOW = FlowRunAround(state=being("Running"), run_count=1)


def test_an_accepted_state_is_written_with_the_runs_new_row():
    judgement = judge(CORE_FLOW_POLICY, flow_run("Pending"), proposing("Running"), knowing())

    assert (judgement.status, judgement.state.name, judgement.state.details.flow_run_id) == (
        "ACCEPT",
        "Running",
        "flow-run",
    )
    assert (judgement.run.state_type, judgement.run.run_count, judgement.run.start_us) == ("RUNNING", 1, NOW)
    assert judgement.effects == (EmitStateChange("flow-run"),)


def test_a_rejection_with_a_state_writes_that():
    run = flow_run("Running", policy=RunPolicy(retries=1, retry_delay=30))

    judgement = judge(CORE_FLOW_POLICY, run, proposing("Failed"), knowing())

    assert (judgement.status, judgement.state.name, judgement.run.state_name) == (
        "REJECT",
        "AwaitingRetry",
        "AwaitingRetry",
    )
    assert judgement.run.next_scheduled_start_us == NOW + 30 * SECOND
    assert judgement.run.policy.retry_type == "in_process"


@pytest.mark.parametrize(
    ("run", "proposed", "status"),
    [
        (flow_run("Paused"), proposing("Pending"), "REJECT"),
        (flow_run("Running"), proposing("Pending"), "ABORT"),
        (flow_run(being("Scheduled", scheduled_time=60)), proposing("Running"), "WAIT"),
    ],
)
def test_other_answers_write_nothing(run, proposed, status):
    judgement = judge(CORE_FLOW_POLICY, run, proposed, knowing())

    assert (judgement.status, judgement.state, judgement.effects) == (status, None, ())
    assert judgement.run is run
    assert sorted(judgement.details()) == sorted(each.partition("=")[0] for each in DETAILS[status])
    assert judgement.details()["type"] == f"{status.lower()}_details"


def test_an_accepted_answer_gives_no_reason():
    assert judge(MINIMAL_TASK_POLICY, task_run(), proposing("Running"), knowing()).details() == {
        "type": "accept_details"
    }


def test_slots_taken_for_a_step_that_then_waits_are_not_taken():
    run = task_run(being("Scheduled", scheduled_time=60), tags=("db",))
    facts = knowing(tag_limits=(TagLimit(tag="db", limit=1, free=1),), flow_run=RUNNING_FLOW)

    judgement = judge(CORE_TASK_POLICY, run, proposing("Running"), facts)

    assert (judgement.status, judgement.effects) == ("WAIT", ())


def test_slots_taken_for_a_step_that_is_made_are_taken():
    facts = knowing(tag_limits=(TagLimit(tag="db", limit=1, free=1),), flow_run=RUNNING_FLOW)

    judgement = judge(CORE_TASK_POLICY, task_run("Pending", tags=("db",)), proposing("Running"), facts)

    assert judgement.effects == (TakeTagSlots("task-run", ("db",)),)


def test_a_cached_run_takes_no_slot():
    """The rule about slots was selected too, but what it was selected for is no longer proposed."""
    facts = knowing(
        cached_state=being("Completed", cache_key="k"),
        tag_limits=(TagLimit(tag="db", limit=0, free=0),),
        flow_run=RUNNING_FLOW,
    )

    judgement = judge(CORE_TASK_POLICY, task_run("Pending", tags=("db",)), proposing("Running", cache_key="k"), facts)

    assert (judgement.status, judgement.state.name, judgement.effects) == ("REJECT", "Cached", ())


def test_what_an_earlier_rule_changed_is_dropped_with_the_step_it_was_for():
    """A finished run that would begin afresh finds its deployment full: it is cancelled, and keeps what it was."""
    run = flow_run("Failed", deployment_id="d", policy=RunPolicy(pause_keys=frozenset({"k"}), retry_type="reschedule"))
    facts = knowing(deployment_limit=DeploymentLimit(id="l", limit=1, free=0, strategy="CANCEL_NEW"))

    judgement = judge(CORE_FLOW_POLICY, run, proposing("Pending"), facts)

    assert (judgement.status, judgement.state.name) == ("REJECT", "Cancelled")
    assert judgement.run.policy == run.policy


def test_transforms_are_asked_about_whatever_is_written():
    run = flow_run(being("Running", deployment_concurrency_lease_id="lease"), deployment_id="d")

    judgement = judge(CORE_FLOW_POLICY, run, proposing("Completed"), knowing())

    assert judgement.state.details.deployment_concurrency_lease_id == "lease"
    assert set(judgement.effects) == {EmitStateChange("flow-run"), ReleaseDeploymentSlot("d", "flow-run", "lease")}


def test_what_follows_comes_after_what_was_taken():
    facts = knowing(deployment_limit=DeploymentLimit(id="l", limit=1, free=1, grace_seconds=300))

    judgement = judge(CORE_FLOW_POLICY, flow_run("Scheduled", deployment_id="d"), proposing("Pending"), facts)

    assert judgement.effects == (TakeDeploymentSlot("l", "new-lease", "flow-run", 300), EmitStateChange("flow-run"))
    assert judgement.state.details.deployment_concurrency_lease_id == "new-lease"


def test_force_asks_few_rules():
    judgement = judge(MINIMAL_FLOW_POLICY, flow_run("Completed"), proposing("Pending"), knowing())

    assert (judgement.status, judgement.run.end_us) == ("ACCEPT", None)


@pytest.mark.parametrize(
    ("policy", "run", "proposed", "needed"),
    [
        (CORE_FLOW_POLICY, flow_run("Pending"), proposing("Running"), set()),
        (CORE_FLOW_POLICY, flow_run("Pending"), proposing("Running", transition_id="t"), {Fact.TRANSITION_KNOWN}),
        (
            CORE_FLOW_POLICY,
            flow_run("Scheduled", deployment_id="d"),
            proposing("Pending"),
            {Fact.DEPLOYMENT_LIMIT, Fact.NEW_LEASE_ID},
        ),
        (CORE_FLOW_POLICY, flow_run("Running", deployment_id="d"), proposing("Completed"), set()),
        (CORE_TASK_POLICY, task_run("Pending"), proposing("Running"), {Fact.FLOW_RUN}),
        (CORE_TASK_POLICY, task_run("Pending", flow_run_id=None), proposing("Running"), set()),
        (CORE_TASK_POLICY, task_run("Pending", tags=("t",)), proposing("Running"), {Fact.FLOW_RUN, Fact.TAG_LIMITS}),
        (
            CORE_TASK_POLICY,
            task_run("Pending"),
            proposing("Running", cache_key="k"),
            {Fact.FLOW_RUN, Fact.CACHED_STATE},
        ),
        (
            CORE_TASK_POLICY,
            task_run("Pending"),
            proposing("Running", cache_key="k", refresh_cache=True),
            {Fact.FLOW_RUN},
        ),
        (CORE_TASK_POLICY, task_run("Running"), proposing("Failed"), set()),
        (
            CORE_TASK_POLICY,
            task_run("Running", policy=RunPolicy(retries=1, retry_jitter_factor=0.5)),
            proposing("Failed"),
            {Fact.CHANCE},
        ),
        (MINIMAL_TASK_POLICY, task_run("Running", tags=("t",)), proposing("Running"), set()),
    ],
)
def test_only_what_could_matter_is_looked_up(policy, run, proposed, needed):
    assert needed_facts(policy, run, proposed) == needed
