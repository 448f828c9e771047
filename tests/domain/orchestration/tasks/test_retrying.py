"""Task runs that are tried again: when, after how long, and by what name."""

from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NOW, SECOND, being, knowing, proposing, task_run, told
from tidemill.domain.orchestration import FlowRunAround, RunPolicy
from tidemill.domain.orchestration.tasks.rename_reruns import RenameReruns
from tidemill.domain.orchestration.tasks.retry_failed import RetryFailedTasks
from tidemill.domain.orchestration.tasks.track_attempt import UpdateFlowRunTrackerOnTasks
from tidemill.domain.orchestration.verdicts import Followed
from tidemill.domain.states import to_us


@pytest.mark.parametrize(
    ("retries", "run_count", "retriable", "answer"),
    [
        (None, 1, None, "ACCEPT"),
        (2, 1, None, "REJECT AwaitingRetry"),
        (2, 2, True, "REJECT AwaitingRetry"),
        (2, 3, None, "ACCEPT"),
        (2, 3, True, "ACCEPT"),
        (2, 1, False, "ACCEPT"),
    ],
)
def test_while_there_are_retries_left(retries, run_count, retriable, answer):
    run = task_run("Running", run_count=run_count, policy=RunPolicy(retries=retries))

    assert told(RetryFailedTasks().judge(run, proposing("Failed", retriable=retriable), knowing())) == answer


@pytest.mark.parametrize(
    ("delay", "run_count", "seconds"),
    [(None, 1, 0), (30, 1, 30), (30, 2, 30), ([10, 20], 1, 10), ([10, 20], 2, 20), ([10], 3, 10)],
)
def test_after_the_delay_of_the_try(delay, run_count, seconds):
    run = task_run("Running", run_count=run_count, policy=RunPolicy(retries=3, retry_delay=delay))

    state = RetryFailedTasks().judge(run, proposing("Failed"), knowing()).state

    assert to_us(state.details.scheduled_time) == NOW + seconds * SECOND


def test_with_a_jitter_chance_decides():
    run = task_run("Running", policy=RunPolicy(retries=1, retry_delay=30, retry_jitter_factor=1.0))

    due = {
        to_us(RetryFailedTasks().judge(run, proposing("Failed"), knowing(chance=chance)).state.details.scheduled_time)
        for chance in (0.1, 0.5, 0.9)
    }

    assert len(due) == 3
    assert all(NOW < moment <= NOW + 60 * SECOND for moment in due)


@pytest.mark.parametrize(
    ("present", "run_count", "proposed", "name"),
    [
        ("AwaitingRetry", 1, "Running", "Retrying"),
        ("AwaitingRetry", 0, "Running", None),
        ("Scheduled", 1, "Running", "Rerunning"),
        ("Pending", 2, "Running", "Rerunning"),
        ("Pending", 2, "Retrying", "Rerunning"),
        ("Running", 1, "Running", "Rerunning"),
        ("Pending", 0, "Running", None),
        (None, 1, "Running", None),
    ],
)
def test_a_second_try_says_that_it_is_one(present, run_count, proposed, name):
    verdict = RenameReruns().judge(task_run(present, run_count=run_count), proposing(proposed), knowing())

    assert (verdict.state and verdict.state.name) == name


def test_a_run_that_begins_notes_its_flow_runs_attempt():
    run = task_run("Pending")
    facts = knowing(flow_run=FlowRunAround(state=being("Running"), run_count=3))

    assert UpdateFlowRunTrackerOnTasks().follow(run, run, proposing("Running"), facts).run.flow_run_attempt == 3
    assert UpdateFlowRunTrackerOnTasks().follow(run, run, proposing("Running"), knowing()) == Followed()
