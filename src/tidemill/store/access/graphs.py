"""What led to what within a flow run, as a drawing needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from tidemill.store.access.base import Access
from tidemill.store.access.flow_run_lists import no_flow_run
from tidemill.store.answering import moment
from tidemill.store.asking import all_rows, one_row
from tidemill.store.task_run_answers import SELECTED, task_run
from tidemill.wire.graph import DependencyResult, Edge, Graph, GraphArtifact, GraphState, Node
from tidemill.wire.task_runs import TaskRunResult

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.store.session import Session

#: By the task run that made them; those that none made under None.
_Artifacts: TypeAlias = "dict[str | None, list[GraphArtifact]]"
#: The input that says within which task runs a call was made.
AROUND: Final = "__parents__"
#: A subflow run stands for the task run that called it.
_NODES: Final = """
SELECT task_run.id, child.id, coalesce(child.name, task_run.name), coalesce(child.state_type, task_run.state_type),
    coalesce(child.start_us, child.expected_start_us, task_run.start_us, task_run.expected_start_us,
        task_run.created_us) AS began_us,
    CASE WHEN child.id IS NULL THEN task_run.end_us ELSE child.end_us END AS ended_us, task_run.task_inputs,
    task_run.parent_task_run_id
FROM task_run LEFT JOIN flow_run AS child ON child.parent_task_run_id = task_run.id
WHERE task_run.flow_run_id = :id AND (child.id IS NOT NULL OR task_run.state_type <> 'PENDING')
    AND coalesce(CASE WHEN child.id IS NULL THEN task_run.end_us ELSE child.end_us END, :since) >= :since
ORDER BY began_us, task_run.seq LIMIT :most
"""
_STATES: Final = "SELECT id, name, timestamp_us, type FROM flow_run_state WHERE flow_run_id = :id ORDER BY ordinal"
#: What a result is goes with its state; of the others only progress is drawn as what it is.
_ARTIFACTS: Final = """
SELECT artifact.task_run_id, artifact.id, artifact.created_us, artifact.key, artifact.type,
    CASE WHEN artifact.type = 'progress' THEN artifact.data END,
    CASE WHEN artifact.key IS NULL OR artifact_collection.id IS NOT NULL THEN 1 ELSE 0 END
FROM artifact LEFT JOIN artifact_collection ON artifact_collection.latest_id = artifact.id
WHERE artifact.flow_run_id = :id AND coalesce(artifact.type, '') <> 'result'
ORDER BY artifact.seq LIMIT :most
"""
_TIMES: Final = "SELECT start_us, expected_start_us, end_us FROM flow_run WHERE id = :id"
_TASK_RUNS: Final = f"SELECT {SELECTED}, task_run.task_inputs FROM task_run WHERE task_run.flow_run_id = :id"


class _Input(msgspec.Struct):
    """A part of an input that may be what another run returned."""

    input_type: str
    id: str | None = None


_inputs: Final = msgspec.json.Decoder(dict[str, list[_Input]]).decode


class Graphs(Access):
    """Graphs of flow runs."""

    def flow_run_graph(self, flow_run_id: str, *, since: int, most: int, most_artifacts: int) -> Graph | None:
        """The graph; without what ended before ``since``. None where it has more than ``most`` nodes.

        Of artifacts the first ``most_artifacts`` are drawn, each at the run that made it; those that no task run made
        are the graph's own.

        Raises MissingError if there is no such flow run.
        """
        with self._connections.reading() as session:
            times = one_row(session, _TIMES, {"id": flow_run_id})
            if times is None:
                raise no_flow_run(flow_run_id)
            rows = all_rows(session, _NODES, {"id": flow_run_id, "since": since, "most": most + 1})
            if len(rows) > most:
                return None
            states = _states(session, flow_run_id)
            artifacts = _artifacts(session, flow_run_id, most_artifacts)
        nodes = _nodes(rows, artifacts)
        start, expected, end = times
        return Graph(
            artifacts=artifacts.get(None, []),
            end_time=moment(end),
            nodes=list(nodes.items()),
            root_node_ids=[id_ for id_, node in nodes.items() if not node.parents],
            start_time=moment(expected if start is None else start),
            states=states,
        )

    def dependencies(self, flow_run_id: str, now: int) -> list[DependencyResult]:
        """The task runs of a flow run, and what each waited for. Raises MissingError."""
        with self._connections.reading() as session:
            if one_row(session, _TIMES, {"id": flow_run_id}) is None:
                raise no_flow_run(flow_run_id)
            rows = all_rows(session, _TASK_RUNS, {"id": flow_run_id})
        return [_dependency(row, now) for row in rows]


def _dependency(row: tuple[Any, ...], now: int) -> DependencyResult:
    *columns, inputs = row
    run = task_run(tuple(columns), now)
    details: Any = None if run.state is None else run.state.state_details
    return DependencyResult(
        end_time=run.end_time,
        estimated_run_time=run.estimated_run_time,
        expected_start_time=run.expected_start_time,
        id=run.id,
        name=str(run.name),
        start_time=run.start_time,
        state=run.state,
        total_run_time=run.total_run_time,
        untrackable_result=details is not None and details.untrackable_result,
        upstream_dependencies=[_upstream(id_) for id_ in _sources(inputs)[0]],
    )


def _upstream(id_: str) -> TaskRunResult:
    upstream: Any = id_  # it goes out as it is
    return TaskRunResult(id=upstream)


def _sources(inputs: str | None) -> tuple[list[str], list[str]]:
    """The runs whose values went in, and those within which the call was made."""
    given = {} if inputs is None else _inputs(inputs)
    around = given.pop(AROUND, [])
    values = dict.fromkeys(one.id for some in given.values() for one in some if one.id is not None)
    return list(values), [one.id for one in around if one.id is not None]


def _nodes(rows: Iterable[tuple[Any, ...]], artifacts: _Artifacts) -> dict[str, Node]:
    rows = list(rows)
    known = {task_run_id: child or task_run_id for task_run_id, child, *_ in rows}
    nodes: dict[str, Node] = {}
    for task_run_id, child, label, state_type, began, ended, inputs, parent in rows:
        sources, around = _sources(inputs)
        if parent is not None and parent not in around:
            around.append(parent)
        nodes[known[task_run_id]] = Node(
            artifacts=artifacts.get(task_run_id, []),
            children=[],
            encapsulating=[Edge(known[id_]) for id_ in around if id_ in known],
            end_time=moment(ended),
            id=known[task_run_id],
            kind="task-run" if child is None else "flow-run",
            label=label,
            parents=[Edge(known.get(id_, id_)) for id_ in sources],
            start_time=moment(began),  # type: ignore[arg-type]  # began_us is never NULL
            state_type=state_type,
        )
    for node in nodes.values():
        node.parents = [edge for edge in node.parents if edge.id in nodes]
        for edge in node.parents:
            nodes[edge.id].children.append(Edge(node.id))
    return nodes


def _artifacts(session: Session, flow_run_id: str, most: int) -> _Artifacts:
    found: _Artifacts = {}
    for task_run_id, id_, created, key, type_, data, latest in all_rows(
        session, _ARTIFACTS, {"id": flow_run_id, "most": most}
    ):
        drawn = GraphArtifact(
            created=moment(created),  # type: ignore[arg-type]  # as above
            data=None if data is None else msgspec.Raw(data.encode()),
            id=id_,
            is_latest=bool(latest),
            key=key,
            type=type_,
        )
        found.setdefault(task_run_id, []).append(drawn)
    return found


def _states(session: Session, flow_run_id: str) -> list[GraphState]:
    return [
        GraphState(id=id_, name=name, timestamp=moment(timestamp), type=kind)  # type: ignore[arg-type]  # as above
        for id_, name, timestamp, kind in all_rows(session, _STATES, {"id": flow_run_id})
    ]
