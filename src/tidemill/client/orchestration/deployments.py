"""Deployments, their schedules and their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tidemill.api.operations import deployments as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.actions import DeploymentScheduleCreate
from tidemill.client.schemas.objects import DeploymentSchedule, FlowRun
from tidemill.client.schemas.responses import DeploymentResponse, FlowRunResponse
from tidemill.client.schemas.shape import proposal_of
from tidemill.exceptions import ObjectLimitReached
from tidemill.exceptions.http import TidemillHTTPStatusError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tidemill.client.schemas.actions import DeploymentUpdate
    from tidemill.client.schemas.filters import (
        DeploymentFilter,
        FlowFilter,
        FlowRunFilter,
        TaskRunFilter,
        WorkPoolFilter,
        WorkQueueFilter,
    )
    from tidemill.client.schemas.objects import ConcurrencyOptions, State, VersionInfo
    from tidemill.client.schemas.schedules import SCHEDULE_TYPES
    from tidemill.client.schemas.sorting import DeploymentSort
    from tidemill.system.asking import Asking

_FORBIDDEN = 403


class DeploymentMethods(Asker):
    """What can be asked about deployments."""

    @method
    def create_deployment(
        self,
        flow_id: UUID,
        name: str,
        version: str | None = None,
        version_info: VersionInfo | None = None,
        schedules: list[DeploymentScheduleCreate] | None = None,
        concurrency_limit: int | None = None,
        concurrency_options: ConcurrencyOptions | None = None,
        parameters: dict[str, Any] | None = None,
        description: str | None = None,
        work_queue_name: str | None = None,
        work_pool_name: str | None = None,
        tags: list[str] | None = None,
        storage_document_id: UUID | None = None,
        path: str | None = None,
        entrypoint: str | None = None,
        infrastructure_document_id: UUID | None = None,
        parameter_openapi_schema: dict[str, Any] | None = None,
        paused: bool | None = None,
        pull_steps: list[dict[str, Any]] | None = None,
        enforce_parameter_schema: bool | None = None,
        job_variables: dict[str, Any] | None = None,
        branch: str | None = None,
        base: UUID | None = None,
        root: UUID | None = None,
    ) -> Asking[UUID]:
        """Make a deployment, or change the one of that flow and name; its id.

        ``branch``, ``base`` and ``root`` are for servers that know branches of deployments; tidemill's has none, and
        refuses them. Raises ObjectNotFound where the flow, work pool or queue is not there.
        """
        wanted = {key: value for key, value in locals().items() if key != "self"}
        try:
            made = yield from self._ask(operations.CREATE_DEPLOYMENT, DeploymentResponse, given(**wanted))
        except TidemillHTTPStatusError as error:
            if error.response.status_code == _FORBIDDEN:
                raise ObjectLimitReached(error) from error
            raise
        return made.id

    @method
    def read_deployment(self, deployment_id: UUID | str) -> Asking[DeploymentResponse]:
        """A deployment by id. Raises ObjectNotFound, and ValueError for what is no id."""
        return (yield from self._ask(operations.READ_DEPLOYMENT, DeploymentResponse, id=_id(deployment_id)))

    @method
    def read_deployment_by_name(self, name: str) -> Asking[DeploymentResponse]:
        """A deployment by ``flow/deployment``. Raises ObjectNotFound, and ValueError for a name without a slash."""
        flow_name, slash, deployment_name = name.partition("/")
        if not slash or not flow_name or not deployment_name:
            raise ValueError(f"expected 'name' to be 'flow/deployment', got {name!r}")
        path = {"flow_name": flow_name, "deployment_name": deployment_name}
        return (yield from self._ask(operations.READ_DEPLOYMENT_BY_NAME, DeploymentResponse, **path))

    @method
    def update_deployment(self, deployment_id: UUID | str, deployment: DeploymentUpdate) -> Asking[None]:
        """Change a deployment. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_DEPLOYMENT, deployment, id=deployment_id)

    @method
    def delete_deployment(self, deployment_id: UUID | str) -> Asking[None]:
        """Delete a deployment; its runs stay. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_DEPLOYMENT, id=deployment_id)

    @method
    def pause_deployment(self, deployment_id: UUID | str) -> Asking[None]:
        """Have its schedules make no runs. Raises ObjectNotFound, and ValueError for what is no id."""
        yield from self._do(operations.PAUSE_DEPLOYMENT, id=_id(deployment_id))

    @method
    def resume_deployment(self, deployment_id: UUID | str) -> Asking[None]:
        """Have its schedules make runs again. Raises ObjectNotFound, and ValueError for what is no id."""
        yield from self._do(operations.RESUME_DEPLOYMENT, id=_id(deployment_id))

    @method
    def read_deployments(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        limit: int | None = None,
        sort: DeploymentSort | None = None,
        offset: int = 0,
    ) -> Asking[list[DeploymentResponse]]:
        """Deployments by filters on them and on what belongs to them, by name unless ``sort`` says otherwise."""
        wanted = given(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            work_pools=work_pool_filter,
            work_pool_queues=work_queue_filter,
            sort=sort,
            limit=limit,
            offset=offset,
        )
        return (yield from self._ask(operations.READ_DEPLOYMENTS, list[DeploymentResponse], wanted))

    @method
    def create_flow_run_from_deployment(
        self,
        deployment_id: UUID | str,
        *,
        parameters: dict[str, Any] | None = None,
        context: dict[str, Any] | None = None,
        state: State[Any] | None = None,
        name: str | None = None,
        tags: Iterable[str] | None = None,
        idempotency_key: str | None = None,
        parent_task_run_id: UUID | None = None,
        work_queue_name: str | None = None,
        job_variables: dict[str, Any] | None = None,
        labels: dict[str, Any] | None = None,
    ) -> Asking[FlowRun]:
        """Have a deployment run, now unless ``state`` is Scheduled for later.

        With an ``idempotency_key`` that was given before, the run made then is answered. Raises ObjectNotFound.
        """
        body = given(
            parameters=parameters,
            context=context,
            state=None if state is None else proposal_of(state),
            name=name,
            tags=None if tags is None else list(tags),
            idempotency_key=idempotency_key,
            parent_task_run_id=parent_task_run_id,
            work_queue_name=work_queue_name,
            job_variables=job_variables,
            labels=labels,
        )
        return (yield from self._ask(operations.CREATE_FLOW_RUN_FROM_DEPLOYMENT, FlowRun, body, id=deployment_id))

    @method
    def get_scheduled_flow_runs_for_deployments(
        self, deployment_ids: list[UUID], scheduled_before: datetime | None = None, limit: int | None = None
    ) -> Asking[list[FlowRunResponse]]:
        """The runs of deployments that are due, for whoever runs them."""
        body = given(deployment_ids=deployment_ids, scheduled_before=scheduled_before, limit=limit)
        operation = operations.GET_SCHEDULED_FLOW_RUNS_FOR_DEPLOYMENTS
        return (yield from self._ask(operation, list[FlowRunResponse], body))


class ScheduleMethods(Asker):
    """What can be asked about the schedules of deployments."""

    @method
    def create_deployment_schedules(
        self,
        deployment_id: UUID | str,
        schedules: list[tuple[SCHEDULE_TYPES, bool]] | list[DeploymentScheduleCreate],
        max_scheduled_runs: int | None = None,
        parameters: dict[str, Any] | None = None,
        slug: str | None = None,
    ) -> Asking[list[DeploymentSchedule]]:
        """Add schedules, each whole or with whether it is active. Raises ObjectNotFound, ObjectAlreadyExists.

        The further arguments are for schedules that are not given whole.
        """
        more = given(max_scheduled_runs=max_scheduled_runs, parameters=parameters, slug=slug)
        body = [
            DeploymentScheduleCreate(schedule=one[0], active=one[1], **more) if isinstance(one, tuple) else one
            for one in schedules
        ]
        operation = operations.CREATE_DEPLOYMENT_SCHEDULES
        return (yield from self._ask(operation, list[DeploymentSchedule], body, id=deployment_id))

    @method
    def read_deployment_schedules(self, deployment_id: UUID | str) -> Asking[list[DeploymentSchedule]]:
        """The schedules of a deployment. Raises ObjectNotFound."""
        operation = operations.READ_DEPLOYMENT_SCHEDULES
        return (yield from self._ask(operation, list[DeploymentSchedule], id=deployment_id))

    @method
    def update_deployment_schedule(
        self,
        deployment_id: UUID | str,
        schedule_id: UUID | str,
        active: bool | None = None,
        schedule: SCHEDULE_TYPES | None = None,
        max_scheduled_runs: int | None = None,
        parameters: dict[str, Any] | None = None,
        slug: str | None = None,
    ) -> Asking[None]:
        """Change what is given here. Raises ObjectNotFound."""
        changes = given(
            active=active, schedule=schedule, max_scheduled_runs=max_scheduled_runs, parameters=parameters, slug=slug
        )
        path = {"id": deployment_id, "schedule_id": schedule_id}
        yield from self._do(operations.UPDATE_DEPLOYMENT_SCHEDULE, changes, **path)

    @method
    def delete_deployment_schedule(self, deployment_id: UUID | str, schedule_id: UUID | str) -> Asking[None]:
        """Delete a schedule. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_DEPLOYMENT_SCHEDULE, id=deployment_id, schedule_id=schedule_id)


def paused_or_not(client: Asker, deployment_id: UUID | str, paused: bool) -> Asking[None]:
    """Pause a deployment, or let it go on."""
    yield from client._do(operations.UPDATE_DEPLOYMENT, {"paused": paused}, id=deployment_id)  # noqa: SLF001 - its methods' other half


def _id(given_: UUID | str) -> UUID:
    try:
        return given_ if isinstance(given_, UUID) else UUID(given_)
    except ValueError:
        raise ValueError(f"expected 'deployment_id' to be an id, got {given_!r}") from None
