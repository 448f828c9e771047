"""A graph as text: every node once, every arrow once, and no name can break out of its quotes."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tidemill.visualization import Edge, Node, RunGraph, to_dot, to_mermaid

NAMES = st.one_of(st.text(max_size=8), st.sampled_from(["end", "end_1", "END", "a b", "a-b", 'x"]', "graph", "load-0"]))


@st.composite
def graphs(draw) -> RunGraph:
    names = draw(st.lists(NAMES, max_size=8))
    nodes = tuple(
        Node(str(n), name, draw(st.sampled_from(["task", "flow"])), draw(st.sampled_from([None, "Completed"])))
        for n, name in enumerate(names)
    )
    pairs = st.tuples(st.integers(0, len(nodes) - 1), st.integers(0, len(nodes) - 1), st.sampled_from("xy"))
    edges = draw(st.lists(pairs, max_size=10)) if nodes else []
    return RunGraph(nodes, tuple(Edge(str(min(a, b)), str(max(a, b)), i) for a, b, i in edges))


NODE = re.compile(r'    (\w+)(\["[^"]*"\]|\[\["[^"]*"\]\])', re.ASCII)
ARROW = re.compile(r"    (\w+) --> (\w+)", re.ASCII)


@given(graphs())
def test_mermaid_says_each_node_and_each_arrow_once(graph):
    first, *lines = to_mermaid(graph).splitlines()
    shown, arrows = lines[: len(graph.nodes)], lines[len(graph.nodes) :]
    ids = [NODE.fullmatch(line)[1] for line in shown]
    back = {written: node.id for written, node in zip(ids, graph.nodes, strict=True)}

    assert first == "flowchart TD"
    assert len(set(ids)) == len(graph.nodes)
    assert not {"end", "graph"} & {written.lower() for written in ids}
    assert [(back[m[1]], back[m[2]]) for m in map(ARROW.fullmatch, arrows)] == graph.arrows()


@given(graphs())
def test_dot_has_a_line_for_each_node_and_arrow_with_even_quotes(graph):
    lines = to_dot(graph).splitlines()

    assert len(lines) == 3 + len(graph.nodes) + len(graph.arrows())
    for line in lines:
        bare = line.replace("\\\\", "").replace('\\"', "")
        assert bare.count('"') % 2 == 0


def test_how_it_reads():
    graph = RunGraph(
        (Node("1", "load-0"), Node("2", "sub", "flow", "Failed"), Node("3", "load-0")),
        (Edge("1", "2", "x"), Edge("1", "2", "y"), Edge("2", "3", "wait_for")),
    )

    assert to_mermaid(graph).splitlines() == [
        "flowchart TD",
        '    load_0["load-0"]',
        '    sub[["sub (Failed)"]]',
        '    load_0_1["load-0"]',
        "    load_0 --> sub",
        "    sub --> load_0_1",
    ]
