"""What a test of somebody's flows can do."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from tidemill import flow, get_run_logger, pause_flow_run, resume_flow_run, task
from tidemill.concurrency.sync import concurrency, rate_limit
from tidemill.engine.runtime import runtime
from tidemill.exceptions import ObjectNotFound
from tidemill.flow_runs import cancel_flow_run
from tidemill.results.defaults import default_home
from tidemill.results.secret import home_key
from tidemill.runtime import flow_run as this_flow_run
from tidemill.testing.utilities import (
    assert_does_not_warn,
    exceptions_equal,
    get_most_recent_flow_run,
    kubernetes_environments_equal,
    tidemill_test_harness,
)


@task
def double(number):
    return 2 * number


@task(retries=2, retry_delay_seconds=3600)
def fails_twice(seen=[]):
    seen.append(1)
    if len(seen) % 3:
        raise ValueError("not yet")
    return "at last"


@flow
def doubling(numbers):
    return [double(number) for number in numbers]


def test_what_ran_can_be_asked_for(tidemill_harness):
    assert doubling([1, 2]) == [2, 4]

    (run,) = tidemill_harness.flow_runs()
    assert (run.flow_name, run.state_name) == ("doubling", "Completed")
    assert [run.state_name for run in tidemill_harness.task_runs(double)] == ["Completed", "Completed"]
    assert tidemill_harness.states(run) == ["Pending", "Running", "Completed"]
    tidemill_harness.assert_ran(doubling, times=1, state="Completed")
    tidemill_harness.assert_ran(double, times=2)
    tidemill_harness.assert_ran("double", times=2, attempts=2)
    tidemill_harness.assert_did_not_run(fails_twice)


def test_tests_do_not_see_each_others_runs(tidemill_harness):
    assert tidemill_harness.flow_runs() == tidemill_harness.task_runs() == []


def test_waiting_between_retries_takes_no_time(tidemill_harness):
    @flow
    def patient():
        return fails_twice()

    assert patient() == "at last"

    tidemill_harness.assert_ran(fails_twice, times=1, attempts=3)
    assert tidemill_harness.clock.skipped >= 7200
    (run,) = tidemill_harness.task_runs()
    assert run.end_time - run.created >= timedelta(hours=2)
    assert tidemill_harness.states(run)[:3] == ["Running", "AwaitingRetry", "Retrying"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda harness: harness.assert_ran(double, times=3), "expected 'double' to have run 3 times. It has: double-"),
        (lambda harness: harness.assert_ran(double, state="failed"), "and be failed"),
        (lambda harness: harness.assert_ran(double, attempts=5), "begun 5 times, not 1"),
        (lambda harness: harness.assert_ran(fails_twice), "It has not run; these have: .*double-"),
        (lambda harness: harness.assert_did_not_run(double), "0 times"),
    ],
)
def test_an_assertion_says_what_ran_instead(tidemill_harness, wrong, said):
    doubling([1])

    with pytest.raises(AssertionError, match=said):
        wrong(tidemill_harness)


def test_threads_of_the_test_run_in_it_too(tidemill_harness):
    thread = Thread(target=doubling, args=([1],))
    thread.start()
    thread.join()

    tidemill_harness.assert_ran(doubling, times=1)


def test_submitted_and_async_tasks_run_in_it(tidemill_harness):
    @task
    async def later(number):
        return number

    @flow
    async def both():
        return [await later(1), double.submit(2).result()]

    assert asyncio.run(both()) == [1, 4]
    tidemill_harness.assert_ran("later", times=1, state="COMPLETED")
    tidemill_harness.assert_ran(double, times=1)


def test_what_is_kept_in_files_goes_with_the_test():
    with tidemill_test_harness() as harness:
        assert (os.environ["TIDEMILL_HOME"], harness.path.exists()) == (str(harness.path), False)
        home_key(default_home())
        assert harness.path.exists()

    assert not harness.path.exists()


def test_everything_is_as_before_afterwards(monkeypatch):
    monkeypatch.setenv("TIDEMILL_HOME", "/somewhere/else")
    monkeypatch.setenv("TIDEMILL_RESULTS_LOCAL_STORAGE_PATH", "/results")

    with tidemill_test_harness(server_startup_timeout=None):
        outer = runtime()
        with tidemill_test_harness():
            assert runtime() is not outer
        assert runtime() is outer
        assert "TIDEMILL_RESULTS_LOCAL_STORAGE_PATH" not in os.environ

    assert os.environ["TIDEMILL_HOME"] == "/somewhere/else"
    assert os.environ["TIDEMILL_RESULTS_LOCAL_STORAGE_PATH"] == "/results"
    assert not Path("/somewhere").exists()


def test_limits_hold_and_nobody_waits_for_time_alone(tidemill_harness):
    tidemill_harness.set_limit("db", 1)
    tidemill_harness.set_limit("api", 1, slot_decay_per_second=0.001)

    with concurrency("db"), pytest.raises(TimeoutError, match="in 3600 s"):
        with concurrency("db", timeout_seconds=3600):
            pass
    rate_limit("api")
    rate_limit("api")

    assert tidemill_harness.clock.skipped >= 3600 + 900


def test_limits_of_tags_are_obeyed(tidemill_harness):
    tidemill_harness.set_limit("tag:db", 1)
    most = []

    @task(tags=["db"])
    def work(number):
        limits = tidemill_harness.store.limits(tidemill_harness.clock.now_us())
        most.append(limits[0].active_slots)

    @flow
    def many():
        work.map(range(8)).wait()

    many()

    assert most == [1] * 8
    tidemill_harness.assert_ran(work, times=8, state="completed")


def test_many_entries_are_applied_as_they_come(tidemill_harness):
    @flow
    def many():
        for number in range(1500):
            double(number)

    many()

    tidemill_harness.assert_ran(double, times=1500)


def test_the_clock_does_not_go_back(tidemill_harness):
    with pytest.raises(ValueError, match="go back"):
        tidemill_harness.clock.jump(-1)


def test_exceptions_are_equal_by_type_and_arguments():
    assert exceptions_equal(ValueError(1), ValueError(1))
    assert not exceptions_equal(ValueError(1), ValueError(2))
    assert not exceptions_equal(ValueError(1), TypeError(1))


def test_environments_are_equal_in_any_order():
    variables = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]

    assert kubernetes_environments_equal(variables, {"B": "2", "A": "1"})
    assert not kubernetes_environments_equal(variables, {"A": "1"})


def test_warnings_can_be_forbidden():
    import warnings

    with assert_does_not_warn([DeprecationWarning]):
        warnings.warn("old", DeprecationWarning)
    with pytest.raises(AssertionError, match="UserWarning: careful"), assert_does_not_warn():
        warnings.warn("careful")


def test_what_runs_logged_can_be_asked_for(tidemill_harness):
    @flow(log_prints=True)
    def talking():
        print("one word")
        get_run_logger().info("two words")
        get_run_logger().debug("too quiet")

    talking()

    assert [line.message for line in tidemill_harness.logs("word")] == ["one word", "two words"]
    assert tidemill_harness.logs("too quiet") == []


def test_the_most_recent_flow_run_can_be_asked_for():
    @flow
    def first():
        return 1

    @flow
    def second():
        return 2

    with tidemill_test_harness():
        with pytest.raises(ObjectNotFound, match="Run one first"):
            asyncio.run(get_most_recent_flow_run())
        first()
        second()
        newest = asyncio.run(get_most_recent_flow_run())
        named = asyncio.run(get_most_recent_flow_run(None, "first"))
        with pytest.raises(ObjectNotFound, match="third"):
            asyncio.run(get_most_recent_flow_run(flow_name="third"))

    assert (newest.flow_name, newest.state_name) == ("second", "Completed")
    assert named.flow_name == "first"


@flow
def asked_from_outside(ask):
    asking = Thread(target=ask, args=(this_flow_run.id,))
    asking.start()
    Event().wait(60)


def test_a_run_that_somebody_cancels_ends_as_it_does_elsewhere(tidemill_harness):
    assert asked_from_outside(cancel_flow_run, return_state=True).is_cancelled()

    (run,) = tidemill_harness.flow_runs()
    assert tidemill_harness.states(run) == ["Pending", "Running", "Cancelling", "Cancelled"]


def test_a_pause_that_somebody_ends_goes_on_as_it_does_elsewhere(tidemill_harness):
    def answer(run_id):
        while tidemill_harness.store.read_flow_run(run_id).state_name != "Paused":
            tidemill_harness.clock.sleep(0)
        resume_flow_run(run_id)

    @flow
    def waits():
        answering = Thread(target=answer, args=(this_flow_run.id,))
        answering.start()
        pause_flow_run(timeout=10**9)
        answering.join()

    waits()

    (run,) = tidemill_harness.flow_runs()
    assert tidemill_harness.states(run) == ["Pending", "Running", "Paused", "Running", "Completed"]
