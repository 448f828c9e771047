"""Work pools and their workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx

from tidemill.api.operations import collections
from tidemill.api.operations import work_pools as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.objects import Worker, WorkPool
from tidemill.client.schemas.responses import WorkerFlowRunResponse, WorkPoolConcurrencyStatus
from tidemill.exceptions import ObjectAlreadyExists, ObjectUnsupported
from tidemill.exceptions.http import TidemillHTTPStatusError

if TYPE_CHECKING:
    from datetime import datetime

    from tidemill.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from tidemill.client.schemas.filters import WorkerFilter, WorkPoolFilter
    from tidemill.client.schemas.objects import WorkerMetadata
    from tidemill.system.asking import Asking


class WorkPoolMethods(Asker):
    """What can be asked about work pools."""

    @method
    def create_work_pool(self, work_pool: WorkPoolCreate, overwrite: bool = False) -> Asking[WorkPool]:
        """Make a work pool; with ``overwrite``, change the one of that name if there is one.

        Raises ObjectAlreadyExists, and ObjectUnsupported for a type that the server does not take.
        """
        try:
            return (yield from self._ask(operations.CREATE_WORK_POOL, WorkPool, work_pool))
        except ObjectAlreadyExists:
            if not overwrite:
                raise
        except TidemillHTTPStatusError as error:
            if error.response.status_code == httpx.codes.FORBIDDEN:
                raise ObjectUnsupported(error) from error
            raise
        changes = work_pool.model_dump(mode="json", exclude={"name", "type"})
        yield from self._do(operations.UPDATE_WORK_POOL, changes, name=work_pool.name)
        return (yield from self._ask(operations.READ_WORK_POOL, WorkPool, name=work_pool.name))

    @method
    def read_work_pool(self, work_pool_name: str) -> Asking[WorkPool]:
        """A work pool. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_WORK_POOL, WorkPool, name=work_pool_name))

    @method
    def read_work_pools(
        self, limit: int | None = None, offset: int = 0, work_pool_filter: WorkPoolFilter | None = None
    ) -> Asking[list[WorkPool]]:
        """Work pools."""
        wanted = given(limit=limit, offset=offset, work_pools=work_pool_filter)
        return (yield from self._ask(operations.READ_WORK_POOLS, list[WorkPool], wanted))

    @method
    def update_work_pool(self, work_pool_name: str, work_pool: WorkPoolUpdate) -> Asking[None]:
        """Change a work pool. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_WORK_POOL, work_pool, name=work_pool_name)

    @method
    def delete_work_pool(self, work_pool_name: str) -> Asking[None]:
        """Delete a work pool with its queues. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_WORK_POOL, name=work_pool_name)

    @method
    def read_work_pool_concurrency_status(
        self, work_pool_name: str, page: int = 1, limit: int | None = None, flow_run_limit: int = 10
    ) -> Asking[WorkPoolConcurrencyStatus]:
        """Which runs hold the slots of a work pool, by queue. Raises ObjectNotFound."""
        body = given(page=page, limit=limit, flow_run_limit=flow_run_limit)
        operation = operations.READ_WORK_POOL_CONCURRENCY_STATUS
        return (yield from self._ask(operation, WorkPoolConcurrencyStatus, body, name=work_pool_name))

    @method
    def get_scheduled_flow_runs_for_work_pool(
        self, work_pool_name: str, work_queue_names: list[str] | None = None, scheduled_before: datetime | None = None
    ) -> Asking[list[WorkerFlowRunResponse]]:
        """The runs of a work pool that are due, for its workers. Raises ObjectNotFound."""
        body = given(work_queue_names=work_queue_names, scheduled_before=scheduled_before)
        operation = operations.GET_SCHEDULED_FLOW_RUNS
        return (yield from self._ask(operation, list[WorkerFlowRunResponse], body, name=work_pool_name))


class WorkerMethods(Asker):
    """What can be asked about workers."""

    @method
    def send_worker_heartbeat(
        self,
        work_pool_name: str,
        worker_name: str,
        heartbeat_interval_seconds: float | None = None,
        get_worker_id: bool = False,
        worker_metadata: WorkerMetadata | None = None,
    ) -> Asking[UUID | None]:
        """Say that a worker is there; it counts as gone some intervals after the last time.

        The worker's id, where ``get_worker_id`` asks for it and the server tells it.
        """
        interval = None if heartbeat_interval_seconds is None else int(heartbeat_interval_seconds)
        body = given(name=worker_name, heartbeat_interval_seconds=interval, metadata=worker_metadata)
        if get_worker_id:
            body["return_id"] = True
        answer = yield from self._do(operations.WORKER_HEARTBEAT, body, work_pool_name=work_pool_name)
        told = get_worker_id and answer.status_code == httpx.codes.OK
        return UUID(answer.json()) if told else None

    @method
    def read_workers_for_work_pool(
        self,
        work_pool_name: str,
        worker_filter: WorkerFilter | None = None,
        offset: int | None = None,
        limit: int | None = None,
    ) -> Asking[list[Worker]]:
        """The workers of a work pool. Raises ObjectNotFound."""
        wanted = given(workers=worker_filter, offset=offset, limit=limit)
        return (yield from self._ask(operations.READ_WORKERS, list[Worker], wanted, work_pool_name=work_pool_name))

    @method
    def read_worker_metadata(self) -> Asking[dict[str, Any]]:
        """The types of work pools that are known, and what each can be told."""
        return (yield from self._ask(collections.READ_VIEW_CONTENT, dict[str, Any], view="aggregate-worker-metadata"))
