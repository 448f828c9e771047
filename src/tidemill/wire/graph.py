"""The graph of a flow run."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from tidemill.domain.states import StateType
from tidemill.wire.base import Id, Wire
from tidemill.wire.states import State
from tidemill.wire.task_runs import TaskRunResult


class DependencyResult(Wire):
    """A task run, and what it waited for."""

    end_time: datetime | None
    estimated_run_time: float | None
    expected_start_time: datetime | None
    id: Id
    name: str
    start_time: datetime | None
    state: State | None
    total_run_time: float | None
    untrackable_result: bool
    upstream_dependencies: list[TaskRunResult]


class Edge(Wire):
    """The id of a run that another leads to."""

    id: Id


class GraphArtifact(Wire):
    """An artifact that a run in the graph made."""

    created: datetime
    data: Any
    id: Id
    is_latest: bool
    key: str | None
    type: str | None


class GraphState(Wire):
    """A state that the flow run went through."""

    id: Id
    name: str
    timestamp: datetime
    type: StateType


class Node(Wire):
    """A run in the graph."""

    artifacts: list[GraphArtifact]
    children: list[Edge]
    encapsulating: list[Edge]
    end_time: datetime | None
    id: Id
    kind: Literal["flow-run", "task-run"]
    label: str
    parents: list[Edge]
    start_time: datetime
    state_type: StateType


class Graph(Wire):
    """A flow run drawn: its task runs and subflow runs, and what leads to what."""

    artifacts: list[GraphArtifact]
    end_time: datetime | None
    nodes: list[tuple[Id, Node]]
    root_node_ids: list[Id]
    start_time: datetime | None
    states: list[GraphState]
