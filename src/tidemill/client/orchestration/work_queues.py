"""Work queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.api.operations import work_pools as of_pools
from tidemill.api.operations import work_queues as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.filters import WorkQueueFilter, WorkQueueFilterName
from tidemill.client.schemas.objects import FlowRun, WorkQueue, WorkQueueStatusDetail
from tidemill.client.schemas.responses import WorkQueueConcurrencyStatus

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from tidemill.system.asking import Asking

_PAGE: Final = 100


class WorkQueueMethods(Asker):
    """What can be asked about work queues. Without ``work_pool_name``, those of the default pool."""

    @method
    def create_work_queue(
        self,
        name: str,
        description: str | None = None,
        is_paused: bool | None = None,
        concurrency_limit: int | None = None,
        priority: int | None = None,
        work_pool_name: str | None = None,
    ) -> Asking[WorkQueue]:
        """Make a work queue. Raises ObjectAlreadyExists, and ObjectNotFound for the pool."""
        body = given(
            name=name,
            description=description,
            is_paused=is_paused,
            concurrency_limit=concurrency_limit,
            priority=priority,
        )
        if work_pool_name is None:
            return (yield from self._ask(operations.CREATE_WORK_QUEUE, WorkQueue, body))
        return (yield from self._ask(of_pools.CREATE_WORK_QUEUE, WorkQueue, body, work_pool_name=work_pool_name))

    @method
    def read_work_queue_by_name(self, name: str, work_pool_name: str | None = None) -> Asking[WorkQueue]:
        """A work queue by name. Raises ObjectNotFound."""
        if work_pool_name is None:
            return (yield from self._ask(operations.READ_WORK_QUEUE_BY_NAME, WorkQueue, name=name))
        path = {"work_pool_name": work_pool_name, "name": name}
        return (yield from self._ask(of_pools.READ_WORK_QUEUE, WorkQueue, **path))

    @method
    def read_work_queue(self, id: UUID | str) -> Asking[WorkQueue]:  # noqa: A002 - the contract's name
        """A work queue by id. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_WORK_QUEUE, WorkQueue, id=id))

    @method
    def update_work_queue(self, /, id: UUID | str, **kwargs: Any) -> Asking[None]:  # noqa: A002 - as above
        """Change what is given here. Raises ObjectNotFound, and ValueError where nothing is given."""
        if not kwargs:
            raise ValueError("expected what to change, as in update_work_queue(id, is_paused=True), got nothing")
        yield from self._do(operations.UPDATE_WORK_QUEUE, kwargs, id=id)

    @method
    def delete_work_queue_by_id(self, id: UUID | str) -> Asking[None]:  # noqa: A002 - as above
        """Delete a work queue. Raises ObjectNotFound."""
        yield from self._do(operations.DELETE_WORK_QUEUE, id=id)

    @method
    def read_work_queues(
        self,
        work_pool_name: str | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> Asking[list[WorkQueue]]:
        """Work queues of a pool, or of all. Raises ObjectNotFound for the pool."""
        return (yield from _queues(self, work_pool_name, work_queue_filter, limit, offset))

    @method
    def match_work_queues(self, prefixes: list[str], work_pool_name: str | None = None) -> Asking[list[WorkQueue]]:
        """All work queues whose names begin with one of these."""
        wanted = WorkQueueFilter(name=WorkQueueFilterName(startswith_=prefixes))
        found: list[WorkQueue] = []
        while True:
            page = yield from _queues(self, work_pool_name, wanted, _PAGE, len(found))
            found += page
            if len(page) < _PAGE:
                return found

    @method
    def get_runs_in_work_queue(
        self,
        id: UUID | str,  # noqa: A002 - as above
        limit: int = 10,
        scheduled_before: datetime | None = None,
    ) -> Asking[list[FlowRun]]:
        """The runs of a queue that are due before a moment, default now. Raises ObjectNotFound."""
        body = given(limit=limit, scheduled_before=scheduled_before)
        return (yield from self._ask(operations.READ_WORK_QUEUE_RUNS, list[FlowRun], body, id=id))

    @method
    def read_work_queue_status(self, id: UUID | str) -> Asking[WorkQueueStatusDetail]:  # noqa: A002 - as above
        """Whether a queue is healthy. Raises ObjectNotFound."""
        return (yield from self._ask(operations.READ_WORK_QUEUE_STATUS, WorkQueueStatusDetail, id=id))

    @method
    def read_work_queue_concurrency_status(
        self,
        id: UUID | str,  # noqa: A002 - as above
        page: int = 1,
        limit: int | None = None,
    ) -> Asking[WorkQueueConcurrencyStatus]:
        """Which runs hold the slots of a queue. Raises ObjectNotFound."""
        body = given(page=page, limit=limit)
        operation = operations.READ_WORK_QUEUE_CONCURRENCY_STATUS
        return (yield from self._ask(operation, WorkQueueConcurrencyStatus, body, id=id))


def _queues(
    client: Asker, pool: str | None, wanted: WorkQueueFilter | None, limit: int | None, offset: int | None
) -> Asking[list[WorkQueue]]:
    body = given(work_queues=wanted, limit=limit, offset=offset)
    if pool is None:
        return (yield from client._ask(operations.READ_WORK_QUEUES, list[WorkQueue], body))  # noqa: SLF001 - its methods' other half
    return (yield from client._ask(of_pools.READ_WORK_QUEUES, list[WorkQueue], body, work_pool_name=pool))  # noqa: SLF001 - as above
