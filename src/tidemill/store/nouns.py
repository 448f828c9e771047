"""What flows, runs, deployments and work pools can be asked for, also by what they have to do with each other.

What is above a thing (the flow of a run) is asked with IN, so that a few of it lead to what is below; what is below
(the task runs of a run) with EXISTS, which ends at the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.states import StateType
from tidemill.store.finding import Bindings, Noun, combined, tags, within
from tidemill.wire.filters import (
    AmongPools,
    AmongQueues,
    AmongRuns,
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from tidemill.wire.operators import Operator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.wire.operators import Creators, Exists, FlowRunsOfTasks, Like, Missing, TextsOrNot, TimesOrNull


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A question over several kinds of things: all of it must hold."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    work_queues: WorkQueueFilter | None = None


def wanted_by(asked: AmongRuns, queues: WorkQueueFilter | None = None) -> Wanted:
    """What a request asks for; ``queues`` where it calls its filter of them otherwise than most do."""
    return Wanted(
        flows=asked.flows,
        flow_runs=asked.flow_runs,
        task_runs=asked.task_runs,
        deployments=asked.deployments,
        work_pools=asked.work_pools if isinstance(asked, AmongPools) else None,
        work_queues=asked.work_pool_queues if isinstance(asked, AmongQueues) else queues,
    )


def _deployed(given: Missing, bindings: Bindings) -> str:
    if given.is_null_ is None:
        return ""
    found = "EXISTS (SELECT 1 FROM deployment WHERE deployment.flow_id = flow.id)"
    return f"CASE WHEN {found} THEN 0 ELSE 1 END = {bindings.bind(given.is_null_)}"


def _made_by(given: Creators, bindings: Bindings) -> str:
    parts = []
    for values, path in ((given.id_, "$.id"), (given.type_, "$.type")):
        if values is not None:
            parts.append(f"@of(flow_run.created_by, {path}, text) IN @listed({bindings.bind(values)})")
    if given.is_null_ is not None:
        parts.append(f"CASE WHEN flow_run.created_by IS NULL THEN 1 ELSE 0 END = {bindings.bind(given.is_null_)}")
    return combined(given, parts)


def _begun(given: TimesOrNull, bindings: Bindings) -> str:
    """A run that has not begun counts at the time at which it is expected to, as in the order by this time."""
    begun, parts = "coalesce(flow_run.start_us, flow_run.expected_start_us)", []
    if given.after_ is not None:
        parts.append(f"{begun} >= {bindings.bind(given.after_)}")
    if given.before_ is not None:
        parts.append(f"{begun} <= {bindings.bind(given.before_)}")
    if given.is_null_ is not None:
        parts.append(f"flow_run.start_us IS {'' if given.is_null_ else 'NOT '}NULL")
    return combined(given, parts)


def _named_state(given: TextsOrNot, bindings: Bindings) -> str:
    """With the types that there are, since the index of states begins with them."""
    parts = []
    if given.any_ is not None:
        types = ", ".join(f"'{kind}'" for kind in StateType)
        parts.append(f"flow_run.state_type IN ({types}) AND @among(flow_run.state_name, {bindings.bind(given.any_)})")
    if given.not_any_ is not None:
        some = bindings.bind(given.not_any_)
        parts.append(f"(flow_run.state_name IS NULL OR flow_run.state_name NOT IN @listed({some}))")
    return combined(given, parts)


def _stands_for_a_subflow(given: Exists, bindings: Bindings) -> str:
    if given.exists_ is None:
        return ""
    found = "EXISTS (SELECT 1 FROM flow_run AS child WHERE child.parent_task_run_id = task_run.id)"
    return f"CASE WHEN {found} THEN 1 ELSE 0 END = {bindings.bind(given.exists_)}"


def _of_flow_runs(given: FlowRunsOfTasks, bindings: Bindings) -> str:
    parts = []
    if given.any_ is not None:
        parts.append(f"@among(task_run.flow_run_id, {bindings.bind(given.any_)})")
    if given.is_null_:
        parts.append("task_run.flow_run_id IS NULL")
    return combined(given, parts)


def _flow_or_deployment(given: Like, bindings: Bindings) -> str:
    if given.like_ is None:
        return ""
    named = "@like(deployment.name, {0})"
    of_flow = "deployment.flow_id IN (SELECT flow.id FROM flow WHERE @like(flow.name, {0}))"
    return f"({named} OR {of_flow})".format(bindings.bind_part(given.like_))


FLOWS: Final = Noun(
    {
        "id": "flow.id",
        "deployment": _deployed,  # type: ignore[dict-item]  # each is given the filter that its field has
        "name": "flow.name",
        "tags": tags("flow.tags"),
    }
)
FLOW_RUNS: Final = Noun(
    {
        "id": "flow_run.id",
        "name": "flow_run.name",
        "tags": tags("flow_run.tags"),
        "deployment_id": "flow_run.deployment_id",
        "work_queue_name": "flow_run.work_queue_name",
        "state.type": "flow_run.state_type",
        "state.name": _named_state,  # type: ignore[dict-item]  # as above
        "flow_version": "flow_run.flow_version",
        "start_time": _begun,  # type: ignore[dict-item]  # as above
        "end_time": "flow_run.end_us",
        "expected_start_time": "flow_run.expected_start_us",
        "next_scheduled_start_time": "flow_run.next_scheduled_start_us",
        "parent_flow_run_id": within(
            "flow_run.parent_task_run_id IN (SELECT up.id FROM task_run AS up WHERE {})", "up.flow_run_id"
        ),
        "parent_task_run_id": "flow_run.parent_task_run_id",
        "idempotency_key": "flow_run.idempotency_key",
        "created_by": _made_by,  # type: ignore[dict-item]  # as above
    }
)
TASK_RUNS: Final = Noun(
    {
        "id": "task_run.id",
        "name": "task_run.name",
        "tags": tags("task_run.tags"),
        "state.type": "task_run.state_type",
        "state.name": "task_run.state_name",
        "start_time": "task_run.start_us",
        "expected_start_time": "coalesce(task_run.expected_start_us, task_run.created_us)",
        "end_time": "task_run.end_us",
        "subflow_runs": _stands_for_a_subflow,  # type: ignore[dict-item]  # as above
        "flow_run_id": _of_flow_runs,  # type: ignore[dict-item]  # as above
    }
)
DEPLOYMENTS: Final = Noun(
    {
        "id": "deployment.id",
        "name": "deployment.name",
        "flow_or_deployment_name": _flow_or_deployment,  # type: ignore[dict-item]  # as above
        "paused": "deployment.paused",
        "tags": tags("deployment.tags"),
        "work_queue_name": within(
            "deployment.work_queue_id IN (SELECT queue.id FROM work_queue AS queue WHERE {})", "queue.name"
        ),
        "concurrency_limit": "(SELECT most.slots FROM concurrency_limit AS most"
        " WHERE most.id = deployment.concurrency_limit_id)",
    }
)
WORK_POOLS: Final = Noun({"id": "work_pool.id", "name": "work_pool.name", "type": "work_pool.type"})
WORK_QUEUES: Final = Noun({"id": "work_queue.id", "name": "work_queue.name"})

_QUEUES_OF_POOLS: Final = (
    "IN (SELECT work_queue.id FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id WHERE {})"
)
_QUEUES: Final = "IN (SELECT work_queue.id FROM work_queue WHERE {})"
_RUNS_OF_TASK: Final = "task_run.flow_run_id IN (SELECT flow_run.id FROM flow_run WHERE {})"

#: For each kind of thing, how a condition on another kind is one on it; for itself, the condition as it is.
_BY: Final[dict[str, dict[str, str]]] = {
    "flow": {
        "flows": "{}",
        "flow_runs": "EXISTS (SELECT 1 FROM flow_run WHERE flow_run.flow_id = flow.id AND {})",
        "task_runs": "EXISTS (SELECT 1 FROM flow_run JOIN task_run ON task_run.flow_run_id = flow_run.id"
        " WHERE flow_run.flow_id = flow.id AND {})",
        "deployments": "EXISTS (SELECT 1 FROM deployment WHERE deployment.flow_id = flow.id AND {})",
        "work_pools": "EXISTS (SELECT 1 FROM deployment JOIN work_queue ON work_queue.id = deployment.work_queue_id"
        " JOIN work_pool ON work_pool.id = work_queue.work_pool_id WHERE deployment.flow_id = flow.id AND {})",
        "work_queues": "EXISTS (SELECT 1 FROM deployment JOIN work_queue ON work_queue.id = deployment.work_queue_id"
        " WHERE deployment.flow_id = flow.id AND {})",
    },
    "flow_run": {
        "flows": "flow_run.flow_id IN (SELECT flow.id FROM flow WHERE {})",
        "flow_runs": "{}",
        "task_runs": "EXISTS (SELECT 1 FROM task_run WHERE task_run.flow_run_id = flow_run.id AND {})",
        "deployments": "flow_run.deployment_id IN (SELECT deployment.id FROM deployment WHERE {})",
        "work_pools": f"flow_run.work_queue_id {_QUEUES_OF_POOLS}",
        "work_queues": f"flow_run.work_queue_id {_QUEUES}",
    },
    "task_run": {
        "flows": _RUNS_OF_TASK.format("flow_run.flow_id IN (SELECT flow.id FROM flow WHERE {})"),
        "flow_runs": _RUNS_OF_TASK,
        "task_runs": "{}",
        "deployments": _RUNS_OF_TASK.format(
            "flow_run.deployment_id IN (SELECT deployment.id FROM deployment WHERE {})"
        ),
        "work_pools": _RUNS_OF_TASK.format(f"flow_run.work_queue_id {_QUEUES_OF_POOLS}"),
        "work_queues": _RUNS_OF_TASK.format(f"flow_run.work_queue_id {_QUEUES}"),
    },
    "deployment": {
        "flows": "deployment.flow_id IN (SELECT flow.id FROM flow WHERE {})",
        "flow_runs": "EXISTS (SELECT 1 FROM flow_run WHERE flow_run.deployment_id = deployment.id AND {})",
        "task_runs": "EXISTS (SELECT 1 FROM flow_run JOIN task_run ON task_run.flow_run_id = flow_run.id"
        " WHERE flow_run.deployment_id = deployment.id AND {})",
        "deployments": "{}",
        "work_pools": f"deployment.work_queue_id {_QUEUES_OF_POOLS}",
        "work_queues": f"deployment.work_queue_id {_QUEUES}",
    },
}
#: The same, where the things below are few and known by their ids.
_BY_IDS: Final[dict[tuple[str, str], str]] = {
    ("flow", "flow_runs"): "flow.id IN (SELECT flow_run.flow_id FROM flow_run WHERE {})",
    ("flow_run", "task_runs"): "flow_run.id IN (SELECT task_run.flow_run_id FROM task_run WHERE {})",
    ("deployment", "flow_runs"): "deployment.id IN (SELECT flow_run.deployment_id FROM flow_run WHERE {})",
}
_NOUNS: Final[Mapping[str, Noun]] = {
    "flows": FLOWS,
    "flow_runs": FLOW_RUNS,
    "task_runs": TASK_RUNS,
    "deployments": DEPLOYMENTS,
    "work_pools": WORK_POOLS,
    "work_queues": WORK_QUEUES,
}


def conditions(table: str, wanted: Wanted, bindings: Bindings) -> str:
    """What must hold of a row of ``table`` (flow, flow_run, task_run, deployment), as SQL; "true" for all of them.

    A filter that asks nothing, of another kind than the table's, still asks that there be such a thing.
    """
    parts = []
    for kind, template in _BY[table].items():
        given: Any = getattr(wanted, kind)
        if given is None:
            continue
        condition = _NOUNS[kind].where(given, bindings)
        if given.id is not None and given.id.any_ is not None and given.operator is Operator.AND:
            template = _BY_IDS.get((table, kind), template)  # noqa: PLW2901 - the better of two
        if condition != "true" or template != "{}":
            parts.append(template.format(condition))
    return " AND ".join(parts) or "true"
