"""Settings that stand in for options: what a flow, a task or a runner says itself goes before."""

from __future__ import annotations

from tidemill import flow, task
from tidemill.settings import temporary_settings
from tidemill.task_runners import ThreadPoolTaskRunner


def test_retries_of_tasks(home):
    tries = []

    def fails():
        tries.append(1)
        raise ValueError

    given = {"TIDEMILL_TASKS_DEFAULT_RETRIES": 2, "TIDEMILL_TASKS_DEFAULT_RETRY_DELAY_SECONDS": [0, 0]}
    with temporary_settings(given):
        unsaid, said = task(fails), task(fails, retries=0)

    assert (unsaid.retries, said.retries) == (2, 0)
    assert unsaid(return_state=True).is_failed()
    assert len(tries) == 3
    assert said(return_state=True).is_failed()
    assert len(tries) == 4


def test_the_delay_of_tasks():
    with temporary_settings({"TIDEMILL_TASKS_DEFAULT_RETRY_DELAY_SECONDS": 3}):
        unsaid, said = task(print, retries=1), task(print, retries=1, retry_delay_seconds=0)

    assert unsaid.retry_policy.delay_for(1, 0) == 3
    assert said.retry_policy.delay_for(1, 0) == 0


def test_retries_and_delay_of_flows():
    with temporary_settings({"TIDEMILL_FLOWS_DEFAULT_RETRIES": 2, "TIDEMILL_FLOWS_DEFAULT_RETRY_DELAY_SECONDS": 5}):
        unsaid, said = flow(lambda: None, name="a"), flow(lambda: None, name="b", retries=0, retry_delay_seconds=1)

    assert (unsaid.retries, unsaid.retry_delay_seconds, said.retries) == (2, 5, 0)
    assert unsaid.retry_policy.delay_for(1, 0) == 5
    assert said.retry_policy.delay_for(1, 0) == 1


def test_how_many_threads_a_runner_has(home):
    seen = []

    @task
    def counts():
        seen.append(1)
        assert len(seen) == 1
        seen.pop()

    @flow
    def root():
        return [counts.submit() for _ in range(20)]

    with temporary_settings({"TIDEMILL_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS": 1}):
        assert root.with_options(task_runner=ThreadPoolTaskRunner())(return_state=True).is_completed()


def test_how_many_processes_a_runner_has(home):
    from tidemill.task_runners import ProcessPoolTaskRunner

    with temporary_settings({"TIDEMILL_TASKS_RUNNER_PROCESS_POOL_MAX_WORKERS": 3}), ProcessPoolTaskRunner() as unsaid:
        assert unsaid._processes()._max_workers == 3
    with ProcessPoolTaskRunner(max_workers=2) as said:
        assert said._processes()._max_workers == 2
