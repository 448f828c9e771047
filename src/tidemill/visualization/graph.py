"""Which calls a flow makes, and which of them take values of which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.domain.runs import TaskRun

__all__ = ["Edge", "Node", "RunGraph", "recorded_graph"]


class Node(msgspec.Struct, frozen=True):
    """One call. ``id`` is the task run's; ``state`` is ``None`` where nothing ran; a subflow is of kind ``flow``."""

    id: str
    name: str
    kind: Literal["task", "flow"] = "task"
    state: str | None = None


class Edge(msgspec.Struct, frozen=True):
    """A call waits for another: for its value as the parameter ``input``, or just so, and then that is ``wait_for``."""

    source: str
    target: str
    input: str


class RunGraph(msgspec.Struct, frozen=True):
    """Calls in the order they were made, and what flows between them. Every edge joins two of the nodes."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    def arrows(self) -> list[tuple[str, str]]:
        """Which node leads to which, once each, however many values go that way."""
        return list(dict.fromkeys((edge.source, edge.target) for edge in self.edges))


def recorded_graph(runs: Iterable[TaskRun]) -> RunGraph:
    """The graph of recorded task runs. Values that come from runs not among them, as a parent's, have no edge."""
    runs = list(runs)
    known = {run.id for run in runs}
    nodes = [
        Node(run.id, run.name, "flow" if run.child_flow_run_id is not None else "task", run.state_name) for run in runs
    ]
    edges = [
        Edge(source["id"], run.id, name)
        for run in runs
        for name, sources in run.task_inputs.items()
        for source in sources
        if source.get("id") in known
    ]
    return RunGraph(tuple(nodes), tuple(dict.fromkeys(edges)))
