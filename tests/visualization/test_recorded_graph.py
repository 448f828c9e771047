"""What flowed where in a run, read from its record."""

from __future__ import annotations

import pytest

from tidemill import flow, task
from tidemill.history import read_flow_run, read_graph
from tidemill.store.errors import UnknownRunError
from tidemill.visualization import to_mermaid


@task
def load() -> list[int]:
    return [1, 2]


@task
def total(numbers: list[int], offset: int = 0) -> int:
    return sum(numbers) + offset


@task
def tell() -> None:
    pass


def shape(graph) -> tuple[list[str], list[tuple[str, str, str]]]:
    names = {node.id: node.name.rsplit("-", 1)[0] for node in graph.nodes}
    return list(names.values()), [(names[e.source], names[e.target], e.input) for e in graph.edges]


def test_futures_values_and_waits_are_edges(record):
    @flow
    def sums() -> None:
        numbers = load()
        future = total.submit(numbers)
        tell(wait_for=[future])

    sums()
    graph = read_graph(record.flow_run().id)

    assert shape(graph) == (
        ["load", "total", "tell"],
        [("load", "total", "numbers"), ("total", "tell", "wait_for")],
    )
    assert {node.state for node in graph.nodes} == {"Completed"}
    assert len(to_mermaid(graph).splitlines()) == 1 + 3 + 2


def test_a_subflow_is_a_node_of_its_parent_and_a_graph_of_its_own(record):
    @flow
    def inner(numbers: list[int]) -> int:
        return total(numbers)

    @flow
    def outer() -> int:
        return inner(load())

    outer()
    run = next(run for run in record.flow_runs() if run.flow_name == "outer")
    graph = read_graph(run.id)

    assert [node.kind for node in graph.nodes] == ["task", "flow"]
    assert [edge.input for edge in graph.edges] == ["numbers"]
    assert read_flow_run(run.name).id == run.id
    inside = next(run for run in record.flow_runs() if run.flow_name == "inner")
    assert shape(read_graph(inside.id)) == (["total"], [])


def test_a_run_that_is_not_there(runtime):
    with pytest.raises(UnknownRunError):
        read_graph("nothing-like-that")
