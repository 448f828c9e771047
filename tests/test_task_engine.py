"""Running one task call to its end, as a task runner of one's own does."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as waiting
from typing import ClassVar
from uuid import uuid4

import pytest

from tidemill import flow, task
from tidemill.context import get_run_context, serialize_context
from tidemill.exceptions import OptionError, ParameterBindError
from tidemill.futures import TidemillConcurrentFuture, TidemillWrappedFuture, as_completed
from tidemill.task_engine import TaskRunTimeoutError, run_task, run_task_async, run_task_sync
from tidemill.task_runners import TaskRunner
from tidemill.testing.harness import harness


@task
def add(a, *rest, b=2, **named):
    return a + sum(rest) + b + sum(named.values())


@task
async def async_add(a, b=2):
    await asyncio.sleep(0)
    return a + b


@task
def counted(n):
    yield from range(n)


@task
def bad():
    raise ValueError("bad")


class OwnFuture(TidemillWrappedFuture):
    """What is left to write for a future on top of another library's."""

    def wait(self, timeout=None):
        waiting([self.wrapped_future], timeout)

    def result(self, timeout=None, raise_on_failure=True):
        return self.wrapped_future.result(timeout).result(raise_on_failure)


class OwnRunner(TaskRunner):
    """Threads of its own, and nothing of the engine but what is public."""

    future: ClassVar = OwnFuture

    def __init__(self):
        super().__init__()
        self.pool = ThreadPoolExecutor(2)

    def duplicate(self):
        return type(self)()

    def submit(self, task, parameters, wait_for=None, dependencies=None):
        run_id = uuid4()
        done = self.pool.submit(
            run_task_sync,
            task,
            task_run_id=run_id,
            parameters=parameters,
            wait_for=wait_for,
            return_type="state",
            context=serialize_context(),
        )
        return self.future(run_id, done)


class WithOurFutures(OwnRunner):
    future = TidemillConcurrentFuture


@pytest.mark.parametrize("runner", [OwnRunner, WithOurFutures])
def test_a_runner_of_ones_own_can_be_written_with_it(runner):
    @flow(task_runner=runner)
    def around():
        first = add.submit(1)
        futures = [add.submit(first), *async_add.map([1, 1]), bad.submit()]
        states = [future.state if future.wait() is None else None for future in futures]
        assert len(list(as_completed(futures))) == len(futures)
        return [str(future.task_run_id) for future in (first, *futures)], [state.name for state in states]

    with harness() as running:
        ids, names = around(return_state=True).result()
        (run,) = running.flow_runs()
        recorded = {each.id: each.flow_run_id for each in running.task_runs()}

    assert names == ["Completed", "Completed", "Completed", "Failed"]
    assert recorded == dict.fromkeys(ids, run.id)


def test_its_futures_are_waited_for_in_async_flows_too():
    @flow(task_runner=OwnRunner)
    async def around():
        first = add.submit(1)
        return await async_add(first), await add.submit(first, wait_for=[first]).result_async(30)

    with harness():
        assert asyncio.run(around()) == (5, 5)


@pytest.mark.parametrize(
    ("work", "parameters", "value"),
    [
        (add, {"a": 1}, 3),
        (add, {"a": 1, "rest": (1, 1), "b": 0, "named": {"c": 5}}, 8),
        (async_add, {"a": 1}, 3),
        (counted, {"n": 3}, [0, 1, 2]),
    ],
)
def test_every_kind_of_task_is_run_to_its_end(runtime, work, parameters, value):
    assert run_task_sync(work, parameters=parameters) == value
    assert asyncio.run(run_task_async(work, parameters=parameters)) == value
    assert run_task_sync(work, parameters=parameters, return_type="state").is_completed()


def test_an_async_task_is_awaited(runtime):
    assert asyncio.run(run_task(async_add, parameters={"a": 1})) == 3
    assert run_task(add, parameters={"a": 1}) == 3


def test_the_run_has_the_id_that_it_was_given(runtime):
    @task
    def own():
        return get_run_context().run_id

    given = uuid4()
    assert run_task_sync(own, task_run_id=given) == str(given)

    class Given:
        id = uuid4()

    assert run_task_sync(own, task_run=Given) == str(Given.id)


def test_what_the_task_raised_is_raised_or_said(runtime):
    with pytest.raises(ValueError, match="bad"):
        run_task_sync(bad)
    assert run_task_sync(bad, return_type="state").is_failed()


def test_a_task_that_takes_too_long_raises_the_error_of_that_name(runtime):
    @task(timeout_seconds=0.05)
    def slow():
        while True:
            pass

    with pytest.raises(TaskRunTimeoutError):
        run_task_sync(slow)
    assert issubclass(TaskRunTimeoutError, TimeoutError)


def test_what_makes_no_sense_is_refused(runtime):
    with pytest.raises(OptionError, match="'state' or 'result'"):
        run_task_sync(add, parameters={"a": 1}, return_type="value")
    with pytest.raises(ParameterBindError):
        run_task_sync(add)
