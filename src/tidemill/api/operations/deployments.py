"""What can be asked about deployments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Int, Limit, Offset, Wire
from tidemill.wire.deployments import (
    DeploymentBulkDeleteResponse,
    DeploymentCreate,
    DeploymentFlowRunCreate,
    DeploymentPaginationResponse,
    DeploymentResponse,
    DeploymentSort,
    DeploymentUpdate,
)
from tidemill.wire.filters import (
    AmongQueues,
    DeploymentFilter,
)
from tidemill.wire.flow_runs import FlowRunBulkCreateResponse, FlowRunResponse
from tidemill.wire.schedules import DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate
from tidemill.wire.work_queues import WorkQueue


class BulkDeleteDeployments(Wire):
    """What is sent to ``/deployments/bulk_delete``."""

    deployments: DeploymentFilter | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 50


class CountDeployments(AmongQueues):
    """What is sent to ``/deployments/count``."""


class ReadDeployments(AmongQueues):
    """What is sent to ``/deployments/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    sort: DeploymentSort = DeploymentSort("NAME_ASC")


class GetScheduledFlowRunsForDeployments(Wire):
    """What is sent to ``/deployments/get_scheduled_flow_runs``."""

    deployment_ids: list[UUID]
    limit: Limit | None = None
    scheduled_before: datetime | None = None


class PaginateDeployments(AmongQueues):
    """What is sent to ``/deployments/paginate``."""

    limit: Limit | None = None
    page: Annotated[int, Meta(ge=1, le=MOST)] = 1
    sort: DeploymentSort = DeploymentSort("NAME_ASC")


class ScheduleDeployment(Wire):
    """What is sent to ``/deployments/{id}/schedule``."""

    end_time: datetime | None = None
    max_runs: Int | None = None
    min_runs: Int | None = None
    min_time: float | None = None
    start_time: datetime | None = None


_tagged: Final = Tag("Deployments")

CREATE_DEPLOYMENT: Final = _tagged.post(
    "/deployments/",
    "create_deployment",
    permission="deployments:write",
    body=DeploymentCreate,
    answer=DeploymentResponse,
    also=(201,),
    refuses=(404, 409),
)
BULK_DELETE_DEPLOYMENTS: Final = _tagged.post(
    "/deployments/bulk_delete",
    "bulk_delete_deployments",
    permission="deployments:write",
    body=BulkDeleteDeployments,
    body_required=False,
    answer=DeploymentBulkDeleteResponse,
)
COUNT_DEPLOYMENTS: Final = _tagged.post(
    "/deployments/count",
    "count_deployments",
    permission="deployments:read",
    body=CountDeployments,
    body_required=False,
    answer=int,
    writes=False,
)
READ_DEPLOYMENTS: Final = _tagged.post(
    "/deployments/filter",
    "read_deployments",
    permission="deployments:read",
    body=ReadDeployments,
    body_required=False,
    answer=list[DeploymentResponse],
    writes=False,
)
GET_SCHEDULED_FLOW_RUNS_FOR_DEPLOYMENTS: Final = _tagged.post(
    "/deployments/get_scheduled_flow_runs",
    "get_scheduled_flow_runs_for_deployments",
    permission="work_pools:work",
    body=GetScheduledFlowRunsForDeployments,
    answer=list[FlowRunResponse],
)
READ_DEPLOYMENT_BY_NAME: Final = _tagged.get(
    "/deployments/name/{flow_name}/{deployment_name}",
    "read_deployment_by_name",
    permission="deployments:read",
    answer=DeploymentResponse,
    refuses=(404,),
)
PAGINATE_DEPLOYMENTS: Final = _tagged.post(
    "/deployments/paginate",
    "paginate_deployments",
    permission="deployments:read",
    body=PaginateDeployments,
    body_required=False,
    answer=DeploymentPaginationResponse,
    writes=False,
)
DELETE_DEPLOYMENT: Final = _tagged.delete(
    "/deployments/{id:uuid}", "delete_deployment", permission="deployments:write", status=204, refuses=(404,)
)
READ_DEPLOYMENT: Final = _tagged.get(
    "/deployments/{id:uuid}",
    "read_deployment",
    permission="deployments:read",
    answer=DeploymentResponse,
    refuses=(404,),
)
UPDATE_DEPLOYMENT: Final = _tagged.patch(
    "/deployments/{id:uuid}",
    "update_deployment",
    permission="deployments:write",
    body=DeploymentUpdate,
    status=204,
    refuses=(400, 404, 409),
)
CREATE_FLOW_RUN_FROM_DEPLOYMENT: Final = _tagged.post(
    "/deployments/{id:uuid}/create_flow_run",
    "create_flow_run_from_deployment",
    permission="deployments:run",
    body=DeploymentFlowRunCreate,
    answer=FlowRunResponse,
    also=(201,),
    refuses=(400, 404, 409),
)
BULK_CREATE_FLOW_RUNS_FROM_DEPLOYMENT: Final = _tagged.post(
    "/deployments/{id:uuid}/create_flow_run/bulk",
    "bulk_create_flow_runs_from_deployment",
    permission="deployments:run",
    body=list[DeploymentFlowRunCreate],
    answer=FlowRunBulkCreateResponse,
    refuses=(400, 404),
)
PAUSE_DEPLOYMENT: Final = _tagged.post(
    "/deployments/{id:uuid}/pause_deployment",
    "pause_deployment",
    permission="deployments:write",
    answer=Any,
    refuses=(404,),
)
RESUME_DEPLOYMENT: Final = _tagged.post(
    "/deployments/{id:uuid}/resume_deployment",
    "resume_deployment",
    permission="deployments:write",
    answer=Any,
    refuses=(404,),
)
SCHEDULE_DEPLOYMENT: Final = _tagged.post(
    "/deployments/{id:uuid}/schedule",
    "schedule_deployment",
    permission="deployments:write",
    body=ScheduleDeployment,
    body_required=False,
    answer=Any,
)
READ_DEPLOYMENT_SCHEDULES: Final = _tagged.get(
    "/deployments/{id:uuid}/schedules",
    "read_deployment_schedules",
    permission="deployments:read",
    answer=list[DeploymentSchedule],
    refuses=(404,),
)
CREATE_DEPLOYMENT_SCHEDULES: Final = _tagged.post(
    "/deployments/{id:uuid}/schedules",
    "create_deployment_schedules",
    permission="deployments:write",
    body=list[DeploymentScheduleCreate],
    answer=list[DeploymentSchedule],
    status=201,
    refuses=(404, 409),
)
DELETE_DEPLOYMENT_SCHEDULE: Final = _tagged.delete(
    "/deployments/{id:uuid}/schedules/{schedule_id:uuid}",
    "delete_deployment_schedule",
    permission="deployments:write",
    status=204,
    refuses=(404,),
)
UPDATE_DEPLOYMENT_SCHEDULE: Final = _tagged.patch(
    "/deployments/{id:uuid}/schedules/{schedule_id:uuid}",
    "update_deployment_schedule",
    permission="deployments:write",
    body=DeploymentScheduleUpdate,
    status=204,
    refuses=(404,),
)
WORK_QUEUE_CHECK_FOR_DEPLOYMENT: Final = _tagged.get(
    "/deployments/{id:uuid}/work_queue_check",
    "work_queue_check_for_deployment",
    permission="deployments:read",
    answer=list[WorkQueue],
    refuses=(404,),
)
