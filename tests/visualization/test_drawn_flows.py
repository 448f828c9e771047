"""Flows that are drawn: their own code runs, their tasks and subflows do not, and nothing is recorded."""

from __future__ import annotations

import asyncio

import pytest

from tidemill import allow_failure, flow, pause_flow_run, task, unmapped
from tidemill.concurrency.sync import concurrency
from tidemill.exceptions import ParameterBindError, ParameterTypeError, VisualizationUnsupportedError
from tidemill.history import read_graph
from tidemill.logging import get_run_logger
from tidemill.runtime import flow_run as here
from tidemill.visualization.drawing import graph_of
from tidemill.visualization.graph import RunGraph


class RanError(Exception):
    """A task ran that was only to be drawn."""


@task
def load(source: object = None, other: object = None):
    raise RanError


@task(viz_return_value=[1, 2])
def numbers(upto: object = None):
    raise RanError


@task
async def fetch(source: object = None):
    raise RanError


def shape(graph: RunGraph) -> tuple[list[str], list[str]]:
    """Names, and edges as ``load-0 load-1 source``."""
    names = {node.id: node.name for node in graph.nodes}
    return list(names.values()), [f"{names[e.source]} {names[e.target]} {e.input}" for e in graph.edges]


def drawn(fn, *args, **kwargs) -> tuple[list[str], list[str]]:
    return shape(graph_of(flow(fn), args, kwargs))


def edges(fn) -> list[str]:
    return drawn(fn)[1]


def test_calls_are_counted_per_task_and_joined_by_what_is_passed():
    def body():
        first = load()
        second = load(first)
        load([{"deep": first}], other=second)

    assert drawn(body) == (
        ["load-0", "load-1", "load-2"],
        ["load-0 load-1 source", "load-0 load-2 source", "load-1 load-2 other"],
    )


def test_submitted_tasks_and_waits():
    def body():
        first = load.submit()
        load.submit(first.result(), wait_for=[load()])
        assert first.state.is_completed()

    assert edges(body) == ["load-0 load-2 source", "load-1 load-2 wait_for"]


def test_map_draws_a_call_for_each_element_that_is_known():
    def body():
        shared = load()
        first = load.map([1, 2], unmapped(shared))
        load.map(first, other=3).result()

    assert edges(body) == [
        "load-0 load-1 other",
        "load-0 load-2 other",
        "load-1 load-3 source",
        "load-2 load-4 source",
    ]


@pytest.mark.parametrize("how", [numbers, numbers.submit])
def test_map_over_what_a_task_gives_draws_as_many_as_its_viz_return_value_has(how):
    def body():
        load.map(how())

    assert edges(body) == ["numbers-0 load-0 source", "numbers-0 load-1 source"]


@pytest.mark.parametrize("mark", [lambda value: value, allow_failure])
def test_map_over_what_nobody_knows_draws_one_call(mark):
    def body():
        load.map(mark(load.submit()))

    assert edges(body) == ["load-0 load-1 source"]


def test_a_viz_return_value_is_used_and_followed():
    def body():
        for number in numbers():
            load(number)
        load(numbers())

    names, arrows = drawn(body)
    assert names == ["numbers-0", "load-0", "load-1", "numbers-1", "load-2"]
    assert arrows == ["numbers-1 load-2 source"]  # the first call's list is another one


@pytest.mark.parametrize("value", [0, 7, True, False])
def test_values_that_are_the_same_everywhere_are_not_followed(value):
    @task(viz_return_value=value)
    def known():
        raise RanError

    def body():
        assert known() is value
        load(value)

    assert edges(body) == []


def test_a_number_with_an_identity_of_its_own_is_followed():
    @task(viz_return_value=-10.5)
    def known():
        raise RanError

    def body():
        load(known())

    assert edges(body) == ["known-0 load-0 source"]


def test_a_subflow_is_one_node():
    @flow
    def inner(x):
        raise RanError

    def body():
        load(inner(load()))

    graph = graph_of(flow(body), (), {})
    assert [node.kind for node in graph.nodes] == ["task", "flow", "task"]
    assert shape(graph)[1] == ["load-0 inner-0 x", "inner-0 load-1 source"]


def test_async_tasks_of_an_async_flow():
    async def body():
        both = await asyncio.gather(fetch(), fetch())
        await fetch(both)

    expected = ["fetch-0 fetch-2 source", "fetch-1 fetch-2 source"]
    assert edges(body) == expected

    async def from_a_loop() -> str:
        made = flow(body)
        assert made.generate_mermaid_graph() == await made.agenerate_mermaid_graph()
        return await made.agenerate_mermaid_graph()

    assert asyncio.run(from_a_loop()).count("-->") == len(expected)


def test_states_and_generators():
    @task
    def items():
        yield 1

    @task(viz_return_value=[1, 2])
    async def aitems():
        yield 1

    async def body():
        load(load(return_state=True))
        for item in items():
            load(item)
        async for item in aitems():
            load(item)
        yield

    names, arrows = drawn(body)
    assert names == ["load-0", "load-1", "items-0", "load-2", "aitems-0", "load-3", "load-4"]
    assert arrows == ["load-0 load-1 source", "items-0 load-2 source"]


def test_methods_are_drawn_with_their_object():
    class Holder:
        @task
        def one(self, x=None):
            raise RanError

        @flow
        def body(self):
            self.one(self.one())

    assert Holder().body.generate_mermaid_graph().splitlines()[1:] == [
        '    one_0["one-0"]',
        '    one_1["one-1"]',
        "    one_0 --> one_1",
    ]


def test_parameters_are_those_of_a_run():
    def body(n: int):
        assert n == 3
        assert here.parameters == {"n": 3}
        assert here.flow_name == "body"
        get_run_logger().info("drawn %s", n)

    assert drawn(body, "3") == ([], [])
    with pytest.raises(ParameterTypeError):
        drawn(body, "three")
    with pytest.raises(ParameterBindError):
        drawn(body)


def test_nothing_is_recorded_and_the_flow_runs_as_ever_afterwards(record):
    @task
    def one():
        return 1

    @flow
    def ones():
        return one() + 1

    with pytest.raises(TypeError):
        ones.generate_mermaid_graph()
    assert record.flow_runs() == []

    assert ones() == 2
    assert [node.name.rsplit("-", 1)[0] for node in read_graph(record.flow_run().id).nodes] == ["one"]


def test_a_value_that_is_looked_into_gets_a_note():
    def body():
        return load() + 1

    with pytest.raises(TypeError, match="unsupported operand") as caught:
        drawn(body)
    assert "viz_return_value" in caught.value.__notes__[0]


def test_an_error_before_any_call_is_left_alone():
    def body():
        raise KeyError("mine")

    with pytest.raises(KeyError) as caught:
        drawn(body)
    assert not hasattr(caught.value, "__notes__")


def test_what_needs_a_run_is_refused():
    def body():
        pause_flow_run()

    with pytest.raises(VisualizationUnsupportedError, match="'body' is only drawn"):
        drawn(body)


def test_limits_hold_nobody_up():
    def body():
        with concurrency("none such", strict=True):
            load()

    assert drawn(body)[0] == ["load-0"]
