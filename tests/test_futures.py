"""Futures: waiting for runs that may not be over."""

from __future__ import annotations

import threading

import pytest

from tidemill import flow, task
from tidemill.futures import as_completed, resolve_futures_to_results, resolve_futures_to_states, wait
from tidemill.task_runners import ThreadPoolTaskRunner


@task
def one(x=1):
    return x


@task
def bad():
    raise ValueError("bad")


@task
def held(gate: threading.Event):
    gate.wait(30)
    return "held"


def in_flow(fn, **options):
    return flow(name="around", **options)(fn)()


def test_a_failure_is_raised_where_its_result_is_asked_for(runtime):
    def body():
        future = bad.submit()
        future.wait()
        assert future.state.is_failed()
        with pytest.raises(ValueError, match="bad"):
            future.result()
        return type(future.result(raise_on_failure=False))

    assert in_flow(body) is ValueError


def test_time_runs_out(runtime):
    def body():
        gate = threading.Event()
        future = held.submit(gate)
        with pytest.raises(TimeoutError, match="not over"):
            future.result(timeout=0)
        future.wait(timeout=0)
        assert future.state.is_pending()
        _, not_done = wait([future, one.submit()], timeout=0.2)
        assert future in not_done
        with pytest.raises(TimeoutError):
            list(as_completed([future], timeout=0))
        with pytest.raises(TimeoutError):
            held.map([gate]).result(timeout=0)
        gate.set()
        return future.result(timeout=30)

    assert in_flow(body) == "held"


def test_what_was_not_done_can_be_waited_for_again(runtime):
    def body():
        gate = threading.Event()
        _, not_done = wait((one.submit(), held.submit(gate)), timeout=0.2)
        gate.set()
        done, none = wait(not_done)
        return done == not_done, none

    assert in_flow(body) == (True, set())


def test_as_completed_gives_each_once_as_it_ends(runtime):
    def body():
        gate = threading.Event()
        slow, quick = held.submit(gate), one.submit(5)
        order = as_completed([slow, quick, quick], timeout=30)
        first = next(order)
        gate.set()
        return first is quick, next(order) is slow, list(order)

    assert in_flow(body) == (True, True, [])


def test_as_completed_in_a_task_lends_its_place(runtime):
    @task
    def parent():
        return sorted(future.result() for future in as_completed([one.submit(i) for i in range(5)]))

    assert in_flow(lambda: parent.submit().result(), task_runner=ThreadPoolTaskRunner(max_workers=1)) == list(range(5))


def test_callbacks_are_called_when_it_is_over_and_at_once_if_it_is(runtime):
    def body():
        heard = []
        future = one.submit(1)
        future.wait()
        future.add_done_callback(heard.append)
        return heard == [future]

    assert in_flow(body)


def test_resolving_expressions(runtime):
    def body():
        states = resolve_futures_to_states({"a": [one.submit(1)], "b": bad.submit()})
        values = resolve_futures_to_results([one.submit(1), {"x": one.submit(2)}])
        return states["a"][0].name, states["b"].name, values

    assert in_flow(body) == ("Completed", "Failed", [1, {"x": 2}])


def test_ids_are_those_of_the_recorded_runs(record):
    ids = in_flow(lambda: [str(future.task_run_id) for future in one.map([1, 2])])
    assert {run.id for run in record.task_runs(one)} == set(ids)
