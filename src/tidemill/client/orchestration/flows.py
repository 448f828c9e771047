"""Flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.api.operations import flows as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.actions import FlowCreate
from tidemill.client.schemas.objects import Flow

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.client.schemas.filters import (
        DeploymentFilter,
        FlowFilter,
        FlowRunFilter,
        TaskRunFilter,
        WorkPoolFilter,
        WorkQueueFilter,
    )
    from tidemill.client.schemas.sorting import FlowSort
    from tidemill.flows import Flow as FlowObject
    from tidemill.system.asking import Asking


def flow_named(client: Asker, name: str) -> Asking[UUID]:
    """The id of the flow of that name, which is made if there is none."""
    flow = yield from client._ask(operations.CREATE_FLOW, Flow, FlowCreate(name=name))  # noqa: SLF001 - of the same class
    return flow.id


class FlowMethods(Asker):
    """What can be asked about flows."""

    @method
    def create_flow(self, flow: FlowObject[Any, Any]) -> Asking[UUID]:
        """Make the flow known by its name, if it is not yet; its id."""
        return (yield from flow_named(self, flow.name))

    @method
    def create_flow_from_name(self, flow_name: str) -> Asking[UUID]:
        """Make a flow of that name known, if there is none yet; its id."""
        return (yield from flow_named(self, flow_name))

    @method
    def read_flow(self, flow_id: UUID | str) -> Asking[Flow]:
        """A flow by id. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_FLOW, Flow, id=flow_id))

    @method
    def read_flow_by_name(self, flow_name: str) -> Asking[Flow]:
        """A flow by name. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_FLOW_BY_NAME, Flow, name=flow_name))

    @method
    def delete_flow(self, flow_id: UUID | str) -> Asking[None]:
        """Delete a flow with its runs and deployments. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_FLOW, id=flow_id)

    @method
    def read_flows(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        sort: FlowSort | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Asking[list[Flow]]:
        """Flows by filters on them and on what belongs to them, by name unless ``sort`` says otherwise.

        Servers of this API look at work pools here, and not at ``work_queue_filter``.
        """
        wanted = given(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            work_pools=work_pool_filter,
            work_queues=work_queue_filter,
            sort=sort,
            limit=limit,
            offset=offset,
        )
        return (yield from self._ask(operations.READ_FLOWS, list[Flow], wanted))
