"""What a run's row says after it has entered a state."""

from __future__ import annotations

import pytest

from tests.contract.facts import raw
from tests.domain.orchestration.making import NOW, SECOND, being, flow_run, knowing, proposing, task_run
from tidemill.domain.orchestration import RunPolicy, judge
from tidemill.domain.orchestration.effects import SetParentTaskRunState
from tidemill.domain.orchestration.facts import RunFacts
from tidemill.domain.orchestration.policies import MINIMAL_FLOW_POLICY, MINIMAL_TASK_POLICY

EARLIER = NOW - 5 * SECOND


def entered(run, name, **details):
    """The run after it was forced into a state."""
    policy = MINIMAL_FLOW_POLICY if run.id == "flow-run" else MINIMAL_TASK_POLICY
    return judge(policy, run, proposing(name, **details), knowing())


def test_the_contracts_fields_are_there():
    """But for ``state_id``: the state that is written has an id once it is."""
    ours = {"state_timestamp": "state_us", "total_run_time": "total_run_time_us"}
    ours |= {f"{name}_time": f"{name}_us" for name in ("start", "end")}
    ours |= {f"{name}_start_time": f"{name}_start_us" for name in ("expected", "next_scheduled")}

    wanted = {ours.get(field, field) for field in raw("states.json")["run_fields_from_state"]} - {"state_id"}

    assert wanted <= set(RunFacts.__struct_fields__)


@pytest.mark.parametrize("run", [flow_run("Pending"), task_run("Pending")])
@pytest.mark.parametrize(
    ("name", "type_", "start", "end", "count"),
    [
        ("Scheduled", "SCHEDULED", None, None, 0),
        ("Submitting", "PENDING", None, None, 0),
        ("Running", "RUNNING", NOW, None, 1),
        ("Paused", "PAUSED", None, None, 0),
        ("Cancelling", "CANCELLING", None, None, 0),
        ("Completed", "COMPLETED", NOW, NOW, 0),
        ("Crashed", "CRASHED", NOW, NOW, 0),
    ],
)
def test_from_pending(run, name, type_, start, end, count):
    after = entered(run, name).run

    assert (after.state_type, after.state_name, after.state_us) == (type_, name, NOW)
    assert (after.start_us, after.end_us, after.run_count) == (start, end, count)


@pytest.mark.parametrize("run", [flow_run("Running"), task_run("Running")])
@pytest.mark.parametrize(
    ("name", "end", "count"),
    [("Completed", NOW, 1), ("Paused", None, 1), ("AwaitingRetry", None, 1), ("Running", None, 2)],
)
def test_leaving_running_adds_its_time(run, name, end, count):
    after = entered(run, name).run

    assert (after.start_us, after.end_us, after.run_count) == (EARLIER, end, count)
    assert after.total_run_time_us == 5 * SECOND


def test_clocks_that_differ_take_no_time_away():
    after = entered(flow_run(being("Running", since=600), total_run_time_us=7), "Completed").run

    assert after.total_run_time_us == 7


def test_an_end_is_taken_back_when_the_run_goes_on():
    assert entered(flow_run("Failed"), "Scheduled").run.end_us is None


def test_the_first_end_stays():
    assert entered(flow_run("Failed"), "Completed").run.end_us == EARLIER


@pytest.mark.parametrize(
    ("run", "name", "details", "expected", "following"),
    [
        (flow_run(), "Scheduled", {"scheduled_time": 60}, NOW + 60 * SECOND, NOW + 60 * SECOND),
        (flow_run(), "Scheduled", {}, NOW, NOW),
        (flow_run(), "Pending", {}, NOW, None),
        (flow_run("Running"), "AwaitingRetry", {"scheduled_time": 60}, EARLIER, NOW + 60 * SECOND),
        (flow_run("Scheduled", next_scheduled_start_us=EARLIER), "Pending", {"scheduled_time": -5}, EARLIER, None),
    ],
)
def test_when_it_is_expected(run, name, details, expected, following):
    after = entered(run, name, **details).run

    assert (after.expected_start_us, after.next_scheduled_start_us) == (expected, following)


def test_two_states_are_never_of_one_moment():
    judgement = entered(flow_run(being("Pending", since=0)), "Running")

    assert (judgement.state.timestamp_us, judgement.run.state_us) == (NOW + 1, NOW + 1)


@pytest.mark.parametrize(
    ("resuming", "name", "count", "still"),
    [
        (True, "Running", 1, False),
        (False, "Running", 2, False),
        (True, "Pending", 1, True),
        (True, "Cancelled", 1, False),
    ],
)
def test_going_on_from_a_pause_is_not_another_attempt(resuming, name, count, still):
    after = entered(flow_run("Resuming", run_count=1, policy=RunPolicy(resuming=resuming)), name).run

    assert (after.run_count, after.policy.resuming) == (count, still)


def test_a_state_says_whose_it_is():
    assert entered(flow_run(), "Running").state.details.flow_run_id == "flow-run"

    of_task = entered(task_run(), "Running").state.details
    assert (of_task.flow_run_id, of_task.task_run_id) == ("flow-run", "task-run")


def test_a_subflows_state_is_its_parent_task_runs_too():
    judgement = entered(flow_run("Running", parent_task_run_id="parent"), "Completed")

    (effect,) = [effect for effect in judgement.effects if isinstance(effect, SetParentTaskRunState)]
    assert judgement.state.details.task_run_id == "parent"
    assert (effect.task_run_id, effect.state.name, effect.state.id) == ("parent", "Completed", None)
    assert effect.state.details.child_flow_run_id == "flow-run"
