"""What a task does when it is called, submitted or mapped."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from tests.small_tasks import in_flow, one
from tidemill import flow, task
from tidemill.engine.context import TaskRunContext
from tidemill.exceptions import (
    OptionError,
    ParameterBindError,
)
from tidemill.states import Completed, Failed
from tidemill.task_runners import ThreadPoolTaskRunner
from tidemill.tasks import exponential_backoff


def test_a_task_outside_of_a_flow_is_recorded_alone(record):
    assert one(5) == 5

    run = record.task_run()
    assert (run.flow_run_id, run.state_name) == (None, "Completed")


def test_states_of_a_retried_run(record, clock):
    tries = []

    @task(retries=2)
    def flaky():
        tries.append(1)
        if len(tries) < 3:
            raise ValueError
        return len(tries)

    assert in_flow(flaky) == 3

    run = record.task_run(flaky)
    assert run.run_count == 3
    assert record.states(run)[-1] == "Completed"
    assert record.states(run).count("AwaitingRetry") == 2


@pytest.mark.parametrize(
    ("delays", "waited"),
    [
        (None, 0),
        (5, 15),
        ([1, 2, 4], 7),
        ([1, 2], 5),
        (exponential_backoff(2), 14),
        (lambda n: [n] * n, 9),
    ],
)
def test_delays_between_retries(still_runtime, delays, waited):
    @task(retries=3, retry_delay_seconds=delays)
    def failing():
        raise ValueError

    began = still_runtime.clock.monotonic()
    assert failing(return_state=True).is_failed()
    assert still_runtime.clock.monotonic() - began == waited


def test_jitter_spreads_delays_within_its_bounds(still_runtime):
    @task(retries=5, retry_delay_seconds=10, retry_jitter_factor=0.5)
    def failing():
        raise ValueError

    began = still_runtime.clock.monotonic()
    failing(return_state=True)
    waited = still_runtime.clock.monotonic() - began
    assert 0 < waited <= 75
    assert waited != 50


def test_a_condition_decides_whether_to_retry(runtime):
    asked = []

    def only_twice(task, run, state):
        asked.append(run.run_count)
        return len(asked) < 3

    @task(retries=10, retry_condition_fn=only_twice)
    def failing():
        raise ValueError

    assert failing(return_state=True).is_failed()
    assert asked == [1, 2, 3]


def test_a_condition_that_raises_ends_the_retries(runtime, said):
    def broken(task, run, state):
        raise RuntimeError("condition")

    @task(retries=10, retry_condition_fn=broken)
    def failing():
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        failing()


def test_a_failed_state_that_is_returned_is_retried(runtime):
    tries = []

    @task(retries=2)
    def returning():
        tries.append(1)
        return Failed(message="no")

    assert returning(return_state=True).is_failed()
    assert len(tries) == 3


def test_arguments_that_do_not_fit_raise_before_there_is_a_run(record):
    for call in (one, one.submit):
        with pytest.raises(ParameterBindError):
            call(1, 2)
    assert record.task_runs() == []


def test_the_run_is_named_by_template_or_function(record):
    def naming(parameters):
        return f"fn-{parameters['x']}"

    named = task(task_run_name="t-{x}")(lambda x: x)
    by_function = task(name="f", task_run_name=naming)(lambda x: x)
    named(3)
    by_function(4)

    assert record.task_run(named).name == "t-3"
    assert record.task_run(by_function).name == "fn-4"


def test_a_template_that_asks_for_no_parameter_is_refused_when_the_task_is_made():
    with pytest.raises(OptionError, match="nope"):
        task(task_run_name="{nope}")(lambda x: x)


def test_a_naming_function_that_raises_fails_the_run(record):
    def naming():
        raise RuntimeError("no name")

    nameless = task(task_run_name=naming)(lambda: 1)
    with pytest.raises(RuntimeError, match="no name"):
        nameless()
    assert record.task_run().state_name == "Failed"


class TestKindsOfFunction:
    def test_async(self, record):
        @task
        async def later(x):
            await asyncio.sleep(0)
            return x

        async def body():
            return await asyncio.gather(*[later(x) for x in range(50)])

        assert asyncio.run(in_flow_async(body)) == list(range(50))
        assert in_flow(lambda: later.submit(3).result()) == 3
        assert in_flow(lambda: later.map(range(20)).result()) == list(range(20))

    def test_submitted_in_an_async_flow(self, runtime):
        @task
        async def later(x):
            await asyncio.sleep(0)
            return x

        async def body():
            future = one.submit(1)
            other = later.submit(2)
            return future.result(), other.result(), await later.submit(3).result_async()

        assert asyncio.run(in_flow_async(body)) == (1, 2, 3)

    def test_generators(self, runtime):
        @task
        def numbers(n):
            yield from range(n)

        assert in_flow(lambda: list(numbers(3))) == [0, 1, 2]
        assert in_flow(lambda: numbers.submit(3).result()) == [0, 1, 2]
        assert in_flow(lambda: one.submit(numbers.submit(2)).result()) == [0, 1]

    def test_async_generators(self, runtime):
        @task
        async def numbers(n):
            for i in range(n):
                await asyncio.sleep(0)
                yield i

        async def body():
            return [i async for i in numbers(3)]

        assert asyncio.run(in_flow_async(body)) == [0, 1, 2]
        assert in_flow(lambda: numbers.submit(3).result()) == [0, 1, 2]

    @pytest.mark.parametrize("order", ["inside", "outside"])
    def test_methods(self, runtime, order):
        def decorated(binding, fn):
            return task(binding(fn)) if order == "outside" else binding(task(fn))

        class Thing:
            factor = 3

            @task
            def method(self, x):
                return self.factor * x

            of_class = decorated(classmethod, lambda cls, x: cls.factor * x)
            static = decorated(staticmethod, lambda x: x)

        assert in_flow(lambda: Thing().method(2)) == 6
        assert in_flow(lambda: Thing().method.submit(2).result()) == 6
        assert in_flow(lambda: Thing().method.map([1, 2]).result()) == [3, 6]
        assert in_flow(lambda: Thing.of_class(2)) == 6
        if order == "outside" or sys.version_info < (3, 13):  # since then a classmethod does not bind what it wraps
            assert in_flow(lambda: Thing().of_class.submit(2).result()) == 6
        assert in_flow(lambda: Thing.static(2)) == 2
        assert in_flow(lambda: Thing().static(2)) == 2


async def in_flow_async(fn):
    return await flow(name="around")(fn)()


def test_the_context_of_a_run_is_its_own_in_every_thread(runtime):
    @task
    def who(x):
        return TaskRunContext.get().task_run.id, threading.get_ident()

    found = in_flow(lambda: who.map(range(30)).result())
    assert len({run for run, _ in found}) == 30


def test_tasks_that_submit_tasks_never_starve(runtime):
    @task
    def down(n):
        return n if n == 0 else down.submit(n - 1).result()

    @task
    def wide(n):
        return sum(one.map(range(n)).result())

    runner = ThreadPoolTaskRunner(max_workers=1)
    assert in_flow(lambda: down.submit(60).result(), task_runner=runner) == 0
    assert in_flow(lambda: wide.map([5] * 5).result(), task_runner=runner) == [10] * 5


def test_return_values_as_states(runtime):
    @task
    def stating(kind):
        return Completed(data=3) if kind else Failed(message="told so")

    assert in_flow(lambda: stating(True)) == 3
    assert in_flow(lambda: stating(False, return_state=True).message) == "told so"


def test_futures_that_a_task_returns_are_waited_for(runtime):
    @task
    def submitting(wrapped):
        return wrapped(one.submit(3))

    def given(wrapped):
        only_one = ThreadPoolTaskRunner(max_workers=1)  # so what is submitted cannot be over when the body returns
        return in_flow(lambda: [submitting.submit(wrapped).result()], task_runner=only_one)[0]

    assert given(lambda future: future) == 3
    assert [state.result() for state in given(lambda future: [future])] == [3]
    assert given(lambda future: {"a": (1, future)})["a"][1].result() == 3


def test_with_options(runtime):
    @task(retries=2, tags=["a"], retry_delay_seconds=[1, 2])
    def thing():
        return 1

    other = thing.with_options(name="other", retries=0)
    assert (other.name, other.retries, other.tags, other.retry_delay_seconds) == ("other", 0, {"a"}, [1, 2])
    assert thing.with_options(isolated=True, at_most_once=True).isolated
    assert not other.isolated
    with pytest.raises(TypeError, match="retrys"):
        thing.with_options(retrys=1)


def test_a_parameter_may_be_called_self(runtime):
    def told(self):
        return self

    made = task(told)
    assert (made(self=1), flow(told)(self=2)) == (1, 2)
    assert in_flow(lambda: (made.submit(self=3).result(), made.map(self=[4]).result())) == (3, [4])


def test_objects_that_are_called_run_as_their_call_does(runtime):
    class Later:
        async def __call__(self, x):
            await asyncio.sleep(0)
            return x

    class Items:
        def __call__(self, x):
            yield x

    later, items = task(Later()), task(Items())
    assert asyncio.run(later(1)) == 1
    assert list(items(2)) == [2]
    assert in_flow(lambda: (later.submit(3).result(), items.submit(4).result())) == (3, [4])
    assert not task(Later).isasync
