"""Runs of deployments: asked for by people, looked for by runners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from tidemill.api.operations import deployments as operations
from tidemill.domain.names import made_up_name
from tidemill.domain.states import StateType, to_us
from tidemill.server.calls import Answer
from tidemill.server.deploying import parameters_filled_in, queue_for, refuse_job_variables, refuse_parameters
from tidemill.server.due_runs import in_this_order
from tidemill.server.judging import circumstances, entropy, proposed
from tidemill.server.readiness import patience
from tidemill.server.refusals import refusal_of
from tidemill.server.serving import Routes
from tidemill.store.made_flow_runs import NewFlowRun
from tidemill.store.scheduled_runs import END
from tidemill.wire.flow_runs import FlowRunBulkCreateResponse, FlowRunCreateResult
from tidemill.wire.states import StateCreate
from tidemill.wire.work_queues import WorkQueue

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.deployments import DeploymentFlowRunCreate, DeploymentResponse
    from tidemill.wire.flow_runs import FlowRunResponse

routes: Final = Routes()
_SCHEDULED: Final = StateCreate(type=StateType.SCHEDULED)


@routes.serves(operations.CREATE_FLOW_RUN_FROM_DEPLOYMENT)
def create_flow_run(call: Call, id: str, body: DeploymentFlowRunCreate) -> Answer:  # noqa: A002 - the path's name
    """A run of a deployment; the one that there is for its idempotency key."""
    deployment = call.store.read_deployment(id, call.now, patience(call.settings))
    run, made = _made(call, deployment, body)
    return Answer(run, status=201 if made else 200)


@routes.serves(operations.BULK_CREATE_FLOW_RUNS_FROM_DEPLOYMENT)
def create_flow_runs(
    call: Call,
    id: str,  # noqa: A002 - the path's name for it
    body: list[DeploymentFlowRunCreate],
) -> FlowRunBulkCreateResponse:
    """Many runs of a deployment. One that cannot be made is told so, and is in nobody's way."""
    deployment = call.store.read_deployment(id, call.now, patience(call.settings))
    return FlowRunBulkCreateResponse(results=[_tried(call, deployment, one) for one in body])


def _tried(call: Call, deployment: DeploymentResponse, body: DeploymentFlowRunCreate) -> FlowRunCreateResult:
    try:
        with call.store.together():
            run, _ = _made(call, deployment, body)
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None or refusal.status >= _OURS:
            raise
        return FlowRunCreateResult(status="FAILED", error=str(refusal))
    return FlowRunCreateResult(status="CREATED", flow_run_id=run.id)


#: From here on it is no fault of the one run.
_OURS: Final = 500


def _made(
    call: Call, deployment: DeploymentResponse, body: DeploymentFlowRunCreate
) -> tuple[FlowRunResponse, bool]:  # fmt: skip
    parameters = parameters_filled_in(call, {**deployment.parameters, **body.parameters})
    enforced = deployment.enforce_parameter_schema
    if body.enforce_parameter_schema is not None:
        enforced = body.enforce_parameter_schema
    if enforced:
        refuse_parameters(parameters, deployment.parameter_openapi_schema)
    variables = {**deployment.job_variables, **(body.job_variables or {})}
    refuse_job_variables(call, deployment.work_pool_name, variables, all_required=True)
    queue_id, queue_name = deployment.work_queue_id, deployment.work_queue_name
    if body.work_queue_name is not None and body.work_queue_name != queue_name:
        queue_id, queue_name = queue_for(call, deployment.work_pool_name, body.work_queue_name), body.work_queue_name
    document = body.infrastructure_document_id or deployment.infrastructure_document_id
    new = NewFlowRun(
        id=call.new_id(),
        flow_id=deployment.flow_id,
        name=body.name if body.name is not UNSET and body.name else made_up_name(entropy()),
        parameters=parameters,
        context=body.context,
        tags=_together(deployment.tags, body.tags),
        labels={**deployment.labels, **(body.labels or {})},
        empirical_policy=body.empirical_policy,
        deployment_id=deployment.id,
        deployment_version=deployment.version,
        parent_task_run_id=None if body.parent_task_run_id is None else str(body.parent_task_run_id),
        idempotency_key=body.idempotency_key,
        work_queue_id=queue_id,
        work_queue_name=queue_name,
        infrastructure_document_id=None if document is None else str(document),
        job_variables=body.job_variables,
    )
    return call.store.make_flow_run(new, proposed(call, body.state or _SCHEDULED), circumstances(call))


def _together(some: list[str], more: list[str]) -> list[str]:
    return list(dict.fromkeys([*some, *more]))


@routes.serves(operations.GET_SCHEDULED_FLOW_RUNS_FOR_DEPLOYMENTS)
def get_scheduled_flow_runs(
    call: Call, body: operations.GetScheduledFlowRunsForDeployments
) -> list[FlowRunResponse]:  # fmt: skip
    """Runs of these deployments that are due, for who runs them without a work pool."""
    before = END if body.scheduled_before is None else to_us(body.scheduled_before)
    ids = list(dict.fromkeys(map(str, body.deployment_ids)))
    due = call.store.due_of_deployments(ids, now=call.now, limit=call.limit(body.limit), before=before)
    return in_this_order(call, due)


@routes.serves(operations.WORK_QUEUE_CHECK_FOR_DEPLOYMENT)
def work_queue_check(call: Call, id: str) -> list[WorkQueue]:  # noqa: A002 - the path's name for it
    """The queue in which runs of the deployment wait, if there is one."""
    known = patience(call.settings)
    deployment = call.store.read_deployment(id, call.now, known)
    if deployment.work_queue_id is None:
        return []
    queue: Any = call.store.read_work_queue(deployment.work_queue_id, call.now, known)
    return [WorkQueue(**{name: getattr(queue, name) for name in WorkQueue.__struct_fields__})]
