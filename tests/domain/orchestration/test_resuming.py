"""What the request to resume comes to, as the contract has it."""

from __future__ import annotations

import pytest

from tests.contract.facts import raw
from tests.domain.orchestration.making import NOW, being, flow_run, knowing
from tidemill.domain.orchestration import RunPolicy, judge_resumption
from tidemill.domain.pauses import PauseOutcome, pause_outcome, resumed_id, timed_out_id
from tidemill.domain.runs import RunState
from tidemill.domain.states import StateType, from_us

EXPECTED = raw("states.json")["resume_endpoint"]
SUSPENDED = being("Suspended", pause_reschedule=True, pause_key="k")


def test_a_run_that_waits_in_its_process_goes_on():
    judgement = judge_resumption(flow_run("Paused", run_count=1), knowing())

    assert {"type": judgement.state.type, "name": judgement.state.name} == EXPECTED["paused_in_process"]
    assert judgement.status == "ACCEPT"


def test_a_suspended_run_is_taken_up_again():
    judgement = judge_resumption(flow_run(SUSPENDED, deployment_id="d"), knowing())

    assert {"type": judgement.state.type, "name": judgement.state.name} == EXPECTED["suspended"]
    assert judgement.run.next_scheduled_start_us == NOW
    assert judgement.run.policy.resuming


@pytest.mark.parametrize("name", [None, "Scheduled", "Pending", "Running", "Completed", "Failed", "Cancelling"])
def test_what_is_not_paused_is_left_alone(name):
    judgement = judge_resumption(flow_run(name), knowing())

    assert (judgement.status, judgement.state) == (EXPECTED["not_paused"], None)


def test_input_that_does_not_fit_keeps_the_pause():
    judgement = judge_resumption(flow_run("Paused"), knowing(), input_problem="'age' is missing")

    assert (judgement.status, judgement.state) == (EXPECTED["input_schema_missing_or_invalid"], None)
    assert "'age' is missing" in judgement.reason


def test_too_late_is_a_failure():
    judgement = judge_resumption(flow_run(being("Paused", pause_timeout=-1)), knowing())

    assert (judgement.status, judgement.state.name, judgement.state.id) == (
        "REJECT",
        "Failed",
        timed_out_id("state-Paused"),
    )


def test_the_waiting_flow_recognises_its_leave():
    """The engine reads what became of a pause from the states' ids, wherever the leave came from."""
    paused = RunState(
        id="state-Paused",
        type=StateType.PAUSED,
        name="Paused",
        timestamp=from_us(NOW),
        state_details={"pause_key": "k"},
    )
    leave = judge_resumption(flow_run(being("Paused", pause_key="k")), knowing()).state
    resumed = RunState(id=leave.id, type=leave.type, name=leave.name, timestamp=from_us(leave.timestamp_us))

    assert leave.id == resumed_id("state-Paused")
    assert pause_outcome([paused, resumed], "k") is PauseOutcome.RESUMED


def test_going_on_is_not_another_attempt():
    """Neither way of pausing uses up a retry."""
    in_process = judge_resumption(flow_run("Paused", run_count=1), knowing()).run
    taken_up = judge_resumption(flow_run(SUSPENDED, deployment_id="d", run_count=1), knowing()).run

    assert (in_process.run_count, in_process.policy) == (1, RunPolicy(resuming=False))
    assert (taken_up.run_count, taken_up.policy.resuming) == (1, True)
