"""Flow runs as they are answered over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.answering import (
    SECOND_US,
    details_of,
    estimated_delta,
    estimated_run_time,
    flow_run_policy,
    moment,
    raw,
    state,
)
from tidemill.store.asking import all_rows
from tidemill.store.fields import bound
from tidemill.wire.flow_runs import FlowRunResponse

if TYPE_CHECKING:
    from tidemill.store.session import Session

#: The columns of the row, then those of the present state.
RUN_COLUMNS: Final = (
    "id", "flow_id", "auto_scheduled", "context", "created_us", "created_by", "deployment_id", "deployment_version",
    "empirical_policy", "end_us", "expected_start_us", "flow_version", "idempotency_key", "infrastructure_document_id",
    "infrastructure_pid", "job_variables", "labels", "name", "next_scheduled_start_us", "parameters",
    "parent_task_run_id", "run_count", "start_us", "state_id", "state_name", "state_type", "state_us", "tags",
    "total_run_time_us", "updated_us", "work_queue_id", "work_queue_name",
)  # fmt: skip
STATE_COLUMNS: Final = ("message", "details", "data")
SELECTED: Final = ", ".join(
    [*(f"flow_run.{name}" for name in RUN_COLUMNS), *(f"state.{name}" for name in STATE_COLUMNS)]
)
STATE_JOINED: Final = """
    LEFT JOIN flow_run_state AS state
    ON state.flow_run_id = flow_run.id AND state.ordinal = flow_run.next_ordinal - 1"""
_POOLS: Final = """
SELECT work_queue.id, work_pool.id, work_pool.name
FROM work_queue JOIN work_pool ON work_pool.id = work_queue.work_pool_id WHERE work_queue.id IN @listed(:queues)
"""


def flow_run(row: tuple[Any, ...], now: int) -> FlowRunResponse:
    """From SELECTED. ``now``: until when a running run has run, and a run that waits is late."""
    (id_, flow_id, auto_scheduled, context, created, created_by, deployment_id, deployment_version, policy, end,
     expected, flow_version, key, document_id, pid, job_variables, labels, name, next_start, parameters, parent,
     run_count, start, state_id, state_name, state_type, state_us, tags, total, updated, queue_id, queue_name,
     message, details, data) = row  # fmt: skip
    present = None
    if state_id is not None:
        said = details_of(details, id_, parent)
        present = state(state_id, state_type, state_name, message, state_us, said, data)
    return FlowRunResponse(  # by position, in the order of the fields: there are many of these
        flow_id, id_, bool(auto_scheduled), raw(context), moment(created),
        None if created_by is None else raw(created_by), deployment_id, deployment_version, flow_run_policy(policy),
        moment(end), estimated_run_time(total, state_type, state_us, now),
        estimated_delta(start, expected, state_type, now), moment(expected), flow_version, key, document_id, pid,
        None if job_variables is None else raw(job_variables), raw(labels), name, moment(next_start), raw(parameters),
        parent, run_count, moment(start), present, state_id, state_name, state_type, raw(tags), total / SECOND_US,
        moment(updated), queue_id, queue_name,
    )  # fmt: skip


def with_pools(session: Session, runs: list[FlowRunResponse]) -> list[FlowRunResponse]:
    """The runs, each with the work pool of its queue."""
    queues = {run.work_queue_id for run in runs if run.work_queue_id is not None}
    if not queues:
        return runs
    found = {row[0]: row[1:] for row in all_rows(session, _POOLS, {"queues": bound(list(queues))})}
    for run in runs:
        if run.work_queue_id is not None:
            run.work_pool_id, run.work_pool_name = found.get(run.work_queue_id, (None, None))
    return runs
