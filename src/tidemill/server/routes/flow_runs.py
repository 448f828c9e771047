"""Flow runs: made, asked for, changed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from tidemill.api.operations import flow_runs as operations
from tidemill.domain.names import made_up_name
from tidemill.domain.states import StateType
from tidemill.server.calls import Answer, part
from tidemill.server.judging import circumstances, entropy, proposed, result
from tidemill.server.paging import page_of
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.store.made_flow_runs import NewFlowRun
from tidemill.store.nouns import Wanted, wanted_by
from tidemill.wire.base import changes_of
from tidemill.wire.flow_runs import (
    FlowRunBulkDeleteResponse,
    FlowRunBulkSetStateResponse,
    FlowRunCreate,
    FlowRunPaginationResponse,
    FlowRunResponse,
    FlowRunUpdate,
)
from tidemill.wire.states import FlowRunOrchestrationResult, SetStateStatus, StateCreate

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.server.calls import Call

routes: Final = Routes()
_PENDING: Final = StateCreate(type=StateType.PENDING)


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)


@routes.serves(operations.CREATE_FLOW_RUN)
def create_flow_run(call: Call, body: FlowRunCreate) -> Answer:
    """A flow run in its first state; the one that there is for its idempotency key."""
    queue: tuple[str | None, str | None] = (None, body.work_queue_name)
    if body.work_pool_name is not None:
        queue = call.store.queue_of_pool(body.work_pool_name, body.work_queue_name)
    new = NewFlowRun(
        id=call.new_id(),
        flow_id=str(body.flow_id),
        name=body.name if body.name is not UNSET and body.name else made_up_name(entropy()),
        parameters=body.parameters,
        context=body.context,
        tags=body.tags,
        labels=body.labels or {},
        empirical_policy=body.empirical_policy,
        flow_version=body.flow_version,
        deployment_id=_text(body.deployment_id),
        parent_task_run_id=_text(body.parent_task_run_id),
        idempotency_key=body.idempotency_key,
        work_queue_id=queue[0],
        work_queue_name=queue[1],
        infrastructure_document_id=_text(body.infrastructure_document_id),
        job_variables=body.job_variables,
    )
    run, made = call.store.make_flow_run(new, proposed(call, body.state or _PENDING), circumstances(call))
    return Answer(run, status=201 if made else 200)


@routes.serves(operations.READ_FLOW_RUN)
def read_flow_run(call: Call, id: str) -> FlowRunResponse:  # noqa: A002 - the path's name for it
    """A flow run by id."""
    return call.store.get_flow_run(id, call.now)


@routes.serves(operations.READ_FLOW_RUNS)
def read_flow_runs(call: Call, body: operations.ReadFlowRuns) -> list[FlowRunResponse]:
    """Flow runs by filter."""
    limit = call.limit(body.limit)
    return call.store.list_flow_runs(wanted_by(body), now=call.now, limit=limit, offset=body.offset, sort=body.sort)


@routes.serves(operations.COUNT_FLOW_RUNS)
def count_flow_runs(call: Call, body: operations.CountFlowRuns) -> int:
    """How many there are."""
    return call.store.count_listed_flow_runs(wanted_by(body))


@routes.serves(operations.PAGINATE_FLOW_RUNS)
def paginate_flow_runs(call: Call, body: operations.PaginateFlowRuns) -> FlowRunPaginationResponse:
    """A page of flow runs."""
    wanted = wanted_by(body)
    page = page_of(call, body.limit, body.page, call.store.count_listed_flow_runs(wanted))
    found = call.store.list_flow_runs(wanted, now=call.now, limit=page.limit, offset=page.offset, sort=body.sort)
    return FlowRunPaginationResponse(
        count=page.count, limit=page.limit, page=page.page, pages=page.pages, results=found
    )


@routes.serves(operations.UPDATE_FLOW_RUN)
def update_flow_run(call: Call, id: str, body: FlowRunUpdate) -> None:  # noqa: A002 - the path's name for it
    """Change a flow run. Job variables may be changed until it starts, and belong to a deployment's run."""
    changes = changes_of(body)
    if changes.get("name", "") is None:
        del changes["name"]
    if changes.get("job_variables") is not None:
        _may_set_job_variables(call.store.get_flow_run(id, call.now))
    call.store.update_flow_run(id, changes, call.now)


def _may_set_job_variables(run: FlowRunResponse) -> None:
    if run.state_type != StateType.SCHEDULED:
        raise Refusal(400, f"Flow run {run.id} is {run.state_name}; its job variables are set while it is Scheduled")
    if run.deployment_id is None:
        raise Refusal(400, f"Flow run {run.id} has no deployment, so it has no job variables to be set")


@routes.serves(operations.UPDATE_FLOW_RUN_LABELS)
def update_flow_run_labels(call: Call, id: str, body: dict[str, Any]) -> None:  # noqa: A002 - the path's name for it
    """Add labels to a flow run, or change them."""
    for name, value in body.items():
        if not isinstance(value, bool | int | float | str):
            raise not_valid("body", "expected a text, a number, true or false", name)
    call.store.update_flow_run_labels(id, body, call.now)


@routes.serves(operations.DELETE_FLOW_RUN)
def delete_flow_run(call: Call, id: str) -> Answer:  # noqa: A002 - the path's name for it
    """Delete a flow run with its subflow runs, task runs and logs."""
    call.store.get_flow_run(id, call.now)  # raises MissingError
    return part(done=call.store.delete_part_of_flow_runs([id]))


@routes.serves(operations.BULK_DELETE_FLOW_RUNS)
def bulk_delete_flow_runs(call: Call, body: operations.BulkDeleteFlowRuns) -> Answer:
    """Delete flow runs by filter; answers the ids."""
    ids = call.store.ids_of_flow_runs(Wanted(flow_runs=body.flow_runs), limit=call.limit(body.limit))
    return part(done=call.store.delete_part_of_flow_runs(ids), value=FlowRunBulkDeleteResponse(deleted=ids))


@routes.serves(operations.SET_FLOW_RUN_STATE)
def set_flow_run_state(call: Call, id: str, body: operations.SetFlowRunState) -> Answer:  # noqa: A002 - as above
    """Propose a state for a flow run; answers what became of it."""
    state = proposed(call, body.state)
    outcome = call.store.propose_flow_run_state(id, state, circumstances(call), force=body.force)
    return Answer(result(outcome), status=201 if outcome.written else 200)


@routes.serves(operations.BULK_SET_FLOW_RUN_STATE)
def bulk_set_flow_run_state(call: Call, body: operations.BulkSetFlowRunState) -> FlowRunBulkSetStateResponse:
    """Propose a state for flow runs by filter."""
    around = circumstances(call)
    results = []
    for id_ in call.store.ids_of_flow_runs(Wanted(flow_runs=body.flow_runs), limit=call.limit(body.limit)):
        outcome = call.store.propose_flow_run_state(id_, proposed(call, body.state), around, force=body.force)
        details: Any = outcome.details
        results.append(
            FlowRunOrchestrationResult(
                details=details, flow_run_id=id_, status=SetStateStatus(outcome.status), state=outcome.state
            )
        )
    return FlowRunBulkSetStateResponse(results=results)
