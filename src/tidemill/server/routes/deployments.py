"""Deployments: made, asked for, changed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from tidemill.api.operations import deployments as operations
from tidemill.domain.labels import OF_FLOW
from tidemill.domain.names import check_name
from tidemill.domain.states import from_us
from tidemill.exceptions import InvalidNameError
from tidemill.server.calls import Answer, part
from tidemill.server.deploying import queue_for, refuse_job_variables, refuse_parameters
from tidemill.server.paging import page_of
from tidemill.server.readiness import patience
from tidemill.server.refusals import not_valid
from tidemill.server.schedules import schedule_from, schedules_after
from tidemill.server.serving import Routes
from tidemill.server.told_changes import tell_of_deployment
from tidemill.store.nouns import Wanted, wanted_by
from tidemill.wire.base import changes_of
from tidemill.wire.deployments import (
    DeploymentBulkDeleteResponse,
    DeploymentCreate,
    DeploymentPaginationResponse,
    DeploymentResponse,
    DeploymentUpdate,
)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from tidemill.server.calls import Call

routes: Final = Routes()

#: Fields of a body that the deployment's row has as they are.
_PLAIN: Final[tuple[str, ...]] = (
    "concurrency_options", "description", "enforce_parameter_schema", "entrypoint", "infrastructure_document_id",
    "job_variables", "parameter_openapi_schema", "parameters", "path", "paused", "pull_steps", "storage_document_id",
    "tags", "version",
)  # fmt: skip
#: Fields that a deployment always has a value for; a null for them is no change.
_ALWAYS: Final = ("enforce_parameter_schema", "job_variables", "parameters", "paused", "tags")


@routes.serves(operations.CREATE_DEPLOYMENT)
def create_deployment(call: Call, body: DeploymentCreate) -> Answer:
    """Make the flow's deployment of this name, or change it if there is one: then only what is sent counts."""
    try:
        check_name(body.name, "deployment name")
    except InvalidNameError as error:
        raise not_valid("body", str(error), "name") from error
    schedules = [schedule_from(call, one, "schedules", number) for number, one in enumerate(body.schedules)]
    labels = call.store.labels_of_flow(str(body.flow_id))
    refuse_job_variables(call, body.work_pool_name, body.job_variables)
    id_ = call.store.deployment_id(str(body.flow_id), body.name)
    fields: dict[str, Any] = {
        name: _answered(getattr(body, name)) for name in _PLAIN if id_ is None or name in call.sent()
    }
    if body.version is None and body.version_info is not None:
        fields["version"] = body.version_info.version
    own = labels | {OF_FLOW: str(body.flow_id)} | (body.labels or {})
    before = None if id_ is None else read_deployment(call, id_)
    if before is None:
        id_ = call.new_id()
        now, flow_id = from_us(call.now), str(body.flow_id)
        new = DeploymentResponse(
            flow_id=flow_id, id=id_, name=body.name, labels=own, created=now, updated=now, **fields
        )  # fmt: skip
        call.store.create_deployment(new, **_columns(call, body, call.sent()))
        if schedules:
            call.store.add_schedules(id_, schedules)
    else:
        id_ = before.id
        if "labels" in call.sent():
            fields["labels"] = own
        call.store.update_deployment(id_, fields, call.now, **_columns(call, body, call.sent(), before))
        call.store.replace_schedules(id_, schedules)
    _limit(call, id_, body, call.sent())
    after = read_deployment(call, id_)
    tell_of_deployment(call, "created" if before is None else "updated", after, before)
    return Answer(after, status=201 if before is None else 200)


@routes.serves(operations.UPDATE_DEPLOYMENT)
def update_deployment(call: Call, id: str, body: DeploymentUpdate) -> None:  # noqa: A002 - the path's name for it
    """Change a deployment. Runs that a scheduler made for what it said before are withdrawn."""
    sent = changes_of(body)
    before = read_deployment(call, id)
    pool = sent.get("work_pool_name", before.work_pool_name)
    if sent.keys() & {"job_variables", "work_pool_name"}:
        refuse_job_variables(call, pool, sent.get("job_variables") or before.job_variables, status=409)
    if sent.keys() & {"parameters", "parameter_openapi_schema", "enforce_parameter_schema"}:
        _check_parameters(sent, before)
    kept = (name for name in _PLAIN if name in sent and (sent[name] is not None or name not in _ALWAYS))
    fields = {name: _answered(sent[name]) for name in kept}
    if sent.get("version_info") is not None and "version" not in sent:
        fields["version"] = sent["version_info"].version
    call.store.update_deployment(id, fields, call.now, **_columns(call, body, sent.keys(), before))
    _limit(call, id, body, sent.keys())
    if "schedules" in sent:
        call.store.replace_schedules(id, schedules_after(call, before.schedules, sent["schedules"]))
    call.store.withdraw_scheduled_runs(id)
    tell_of_deployment(call, "updated", read_deployment(call, id), before)


def _check_parameters(sent: dict[str, Any], before: DeploymentResponse) -> None:
    def now(name: str) -> Any:
        return sent[name] if sent.get(name) is not None else getattr(before, name)

    if now("enforce_parameter_schema"):
        refuse_parameters(now("parameters"), now("parameter_openapi_schema"), all_required=False)


def _columns(
    call: Call,
    body: DeploymentCreate | DeploymentUpdate,
    sent: AbstractSet[str],
    before: DeploymentResponse | None = None,
) -> dict[str, Any]:
    """The columns that are no fields: what stands behind the version, and the queue."""
    columns: dict[str, Any] = {}
    if body.version_info is not msgspec.UNSET and body.version_info is not None:
        columns["version_info"] = msgspec.json.encode(body.version_info).decode()
    if sent & {"work_pool_name", "work_queue_name"}:
        columns["work_queue_id"] = queue_for(call, *_place(body, sent, before))
    return columns


def _limit(call: Call, id_: str, body: DeploymentCreate | DeploymentUpdate, sent: AbstractSet[str]) -> None:
    """The limit that is named, or one of its own with so many slots."""
    if "global_concurrency_limit_id" in sent:
        limit = body.global_concurrency_limit_id
        call.store.link_limit(id_, str(limit) if limit else None)
    if "concurrency_limit" in sent and (body.concurrency_limit or not sent & {"global_concurrency_limit_id"}):
        slots = body.concurrency_limit
        call.store.limit_deployment(id_, slots or None, call.now, limit_id=call.new_id())


def _place(
    body: DeploymentCreate | DeploymentUpdate, sent: AbstractSet[str], before: DeploymentResponse | None
) -> tuple[str | None, str | None]:
    """Pool and queue after an update: of a pool that is not named the one before, of a queue the pool's default."""
    pool: Any = body.work_pool_name if "work_pool_name" in sent else None if before is None else before.work_pool_name
    queue: Any = body.work_queue_name if "work_queue_name" in sent else None
    return pool, queue


def _answered(value: Any) -> Any:
    """Ids are answered as texts."""
    return str(value) if isinstance(value, UUID) else value


@routes.serves(operations.READ_DEPLOYMENT)
def read_deployment(call: Call, id: str) -> DeploymentResponse:  # noqa: A002 - the path's name for it
    """A deployment by id."""
    return call.store.read_deployment(id, call.now, patience(call.settings))


@routes.serves(operations.READ_DEPLOYMENT_BY_NAME)
def read_deployment_by_name(call: Call, flow_name: str, deployment_name: str) -> DeploymentResponse:
    """A deployment by the names of its flow and its own."""
    return call.store.read_deployment_by_name(flow_name, deployment_name, call.now, patience(call.settings))


@routes.serves(operations.READ_DEPLOYMENTS)
def read_deployments(call: Call, body: operations.ReadDeployments) -> list[DeploymentResponse]:
    """Deployments by filter."""
    return call.store.find_deployments(
        wanted_by(body),
        now=call.now,
        patience=patience(call.settings),
        sort=body.sort,
        limit=call.limit(body.limit),
        offset=body.offset,
    )


@routes.serves(operations.COUNT_DEPLOYMENTS)
def count_deployments(call: Call, body: operations.CountDeployments) -> int:
    """How many there are."""
    return call.store.count_deployments(wanted_by(body))


@routes.serves(operations.PAGINATE_DEPLOYMENTS)
def paginate_deployments(call: Call, body: operations.PaginateDeployments) -> DeploymentPaginationResponse:
    """A page of deployments by filter."""
    wanted = wanted_by(body)
    page = page_of(call, body.limit, body.page, call.store.count_deployments(wanted))
    found = call.store.find_deployments(
        wanted,
        now=call.now,
        patience=patience(call.settings),
        sort=body.sort,
        limit=page.limit,
        offset=page.offset,
    )
    return DeploymentPaginationResponse(
        count=page.count, limit=page.limit, page=page.page, pages=page.pages, results=found
    )  # fmt: skip


@routes.serves(operations.DELETE_DEPLOYMENT)
def delete_deployment(call: Call, id: str) -> Answer:  # noqa: A002 - the path's name for it
    """Delete a deployment, and its runs that wait for their time."""
    return part(done=_delete_part(call, id))


def _delete_part(call: Call, id_: str) -> bool:
    before = read_deployment(call, id_)
    gone = call.store.delete_part_of_deployment(id_)
    if gone:
        tell_of_deployment(call, "deleted", before)
    return gone


@routes.serves(operations.BULK_DELETE_DEPLOYMENTS)
def bulk_delete_deployments(call: Call, body: operations.BulkDeleteDeployments) -> Answer:
    """Delete deployments by filter; answers the ids."""
    ids = call.store.ids_of_deployments(Wanted(deployments=body.deployments), limit=call.limit(body.limit))
    done = all(call.store.withdraw_part_of_waiting_runs(id_) for id_ in ids) and all(
        _delete_part(call, id_) for id_ in ids
    )
    return part(done=done, value=DeploymentBulkDeleteResponse(deleted=ids))


@routes.serves(operations.PAUSE_DEPLOYMENT)
def pause_deployment(call: Call, id: str) -> None:  # noqa: A002 - the path's name for it
    """No run of its schedules begins any more."""
    before = read_deployment(call, id)
    call.store.update_deployment(id, {"paused": True}, call.now)
    call.store.withdraw_scheduled_runs(id)
    tell_of_deployment(call, "updated", read_deployment(call, id), before)


@routes.serves(operations.RESUME_DEPLOYMENT)
def resume_deployment(call: Call, id: str) -> None:  # noqa: A002 - the path's name for it
    """Its schedules count again."""
    before = read_deployment(call, id)
    call.store.update_deployment(id, {"paused": False}, call.now)
    tell_of_deployment(call, "updated", read_deployment(call, id), before)
