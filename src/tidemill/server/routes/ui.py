"""What pages about flows and runs ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import ui as operations
from tidemill.domain.states import StateType, from_us, to_us
from tidemill.server.refusals import not_valid
from tidemill.server.serving import Routes
from tidemill.store.nouns import wanted_by
from tidemill.wire.states import CountByState
from tidemill.wire.ui import SimpleFlowRun, SimpleNextFlowRun, TaskRunCount, UITaskRun

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from tidemill.server.calls import Call

routes: Final = Routes()
#: In how many parts of its time a dashboard counts task runs.
_PARTS: Final = 20
_FAILED: Final = frozenset({StateType.FAILED, StateType.CRASHED})


def _texts(ids: Iterable[UUID]) -> list[str]:
    return [str(id_) for id_ in ids]


@routes.serves(operations.COUNT_TASK_RUNS_BY_FLOW_RUN)
def count_task_runs_by_flow_run(call: Call, body: operations.CountTaskRunsByFlowRun) -> dict[str, int]:
    """How many task runs each flow run has."""
    ids = _texts(body.flow_run_ids)
    return dict.fromkeys(ids, 0) | call.store.task_runs_of(ids)


@routes.serves(operations.COUNT_DEPLOYMENTS_BY_FLOW)
def count_deployments_by_flow(call: Call, body: operations.CountDeploymentsByFlow) -> dict[str, int]:
    """How many deployments each flow has."""
    ids = _texts(body.flow_ids)
    return dict.fromkeys(ids, 0) | call.store.deployments_of(ids)


@routes.serves(operations.NEXT_RUNS_BY_FLOW)
def next_runs_by_flow(call: Call, body: operations.CountDeploymentsByFlow) -> dict[str, SimpleNextFlowRun | None]:
    """The next scheduled run of each flow."""
    ids = _texts(body.flow_ids)
    found: dict[str, SimpleNextFlowRun | None] = dict.fromkeys(ids)
    for flow_id, (_, id_, name, state_name, state_type, due) in call.store.next_runs_of(ids).items():
        found[flow_id] = SimpleNextFlowRun(
            flow_id=flow_id,
            id=id_,
            name=name,
            next_scheduled_start_time=from_us(due),
            state_name=state_name,
            state_type=state_type,
        )
    return found


@routes.serves(operations.READ_FLOW_RUN_HISTORY)
def read_flow_run_history(call: Call, body: operations.ReadFlowRunHistory) -> list[SimpleFlowRun]:
    """Flow runs as dots."""
    wanted = wanted_by(body)
    runs = call.store.list_flow_runs(wanted, now=call.now, limit=body.limit, offset=body.offset, sort=body.sort)
    return [
        SimpleFlowRun(
            duration=run.estimated_run_time,
            id=run.id,
            lateness=run.estimated_start_time_delta,
            state_type=run.state_type,
            timestamp=moment,
        )
        for run in runs
        if run.state_type is not None and (moment := run.start_time or run.expected_start_time) is not None
    ]


@routes.serves(operations.READ_TASK_RUN_COUNTS_BY_STATE)
def read_task_run_counts_by_state(call: Call, body: operations.ReadTaskRunCountsByState) -> CountByState:
    """How many task runs are in each type of state."""
    counts = call.store.task_runs_by_type(wanted_by(body))
    return CountByState(**{kind.value: count for kind, count in counts.items()})


@routes.serves(operations.READ_DASHBOARD_TASK_RUN_COUNTS)
def read_dashboard_task_run_counts(call: Call, body: operations.ReadDashboardTaskRunCounts) -> list[TaskRunCount]:
    """How many task runs ended well and how many did not, in equal parts of a time."""
    times = body.task_runs.start_time
    if times is None or times.after_ is None:
        raise not_valid("body", "is needed: from when on task runs are counted", "task_runs", "start_time", "after_")
    start = to_us(times.after_)
    end = call.now if times.before_ is None else to_us(times.before_)
    parts: list[TaskRunCount] = [{"completed": 0, "failed": 0} for _ in range(_PARTS)]
    if end <= start:
        return parts
    wanted = wanted_by(body, body.work_queues)
    interval = -(-(end - start) // _PARTS)
    for place, kind, count in call.store.finished_task_runs(wanted, start=start, end=end, interval=interval):
        if kind == StateType.COMPLETED:
            parts[place]["completed"] += count
        elif kind in _FAILED:
            parts[place]["failed"] += count
    return parts


@routes.serves(operations.READ_TASK_RUN_WITH_FLOW_RUN_NAME)
def read_task_run_with_flow_run_name(call: Call, id: str) -> UITaskRun:  # noqa: A002 - the path's name for it
    """A task run, with the name of its flow run."""
    run = call.store.get_task_run(id, call.now)
    said = {name: getattr(run, name) for name in run.__struct_fields__}
    flow_run = None if run.flow_run_id is None else call.store.get_flow_run(run.flow_run_id, call.now)
    return UITaskRun(**said, flow_run_name=None if flow_run is None else str(flow_run.name))
