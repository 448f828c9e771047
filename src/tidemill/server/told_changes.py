"""What is told when deployments, work pools and queues are made, changed and deleted: one event for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import msgspec

from tidemill.domain.events import RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE, Related, related_to
from tidemill.domain.states import from_us
from tidemill.wire.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidemill.server.calls import Call
    from tidemill.wire.deployments import DeploymentResponse
    from tidemill.wire.work_pools import WorkPoolResponse
    from tidemill.wire.work_queues import WorkQueueResponse

    What = Literal["created", "updated", "deleted"]


def tell_of_deployment(
    call: Call, what: What, deployment: DeploymentResponse, before: DeploymentResponse | None = None
) -> None:
    """``before``: as it was before a change."""
    limit = deployment.global_concurrency_limit
    related = related_to(
        [
            Related("flow", deployment.flow_id),
            Related("work-queue", deployment.work_queue_id, deployment.work_queue_name),
            Related("concurrency-limit", None if limit is None else limit.id, None if limit is None else limit.name),
        ],
        [],
    )
    _tell(call, what, "deployment", deployment, related, {}, before)


def tell_of_pool(call: Call, what: What, pool: WorkPoolResponse, before: WorkPoolResponse | None = None) -> None:
    """Likewise."""
    queue = Related("work-queue", pool.default_queue_id if what == "created" else None, "default")
    related = [one | {RESOURCE_ROLE: "default-queue"} for one in related_to([queue], [])]
    labels = {RESOURCE_ROLE: "work-pool", "prefect.work-pool.type": pool.type}
    _tell(call, what, "work-pool", pool, related, labels, before)


def tell_of_queue(call: Call, what: What, queue: WorkQueueResponse, before: WorkQueueResponse | None = None) -> None:
    """Likewise."""
    related = related_to([Related("work-pool", queue.work_pool_id, queue.work_pool_name)], [])
    _tell(call, what, "work-queue", queue, related, {RESOURCE_ROLE: "work-queue"}, before)


def _tell(
    call: Call,
    what: What,
    kind: str,
    thing: DeploymentResponse | WorkPoolResponse | WorkQueueResponse,
    related: list[dict[str, str]],
    labels: Mapping[str, str],
    before: msgspec.Struct | None,
) -> None:
    payload: dict[str, Any] = {}
    if before is not None:
        changes = dict(_changes(before, thing))
        if not changes:
            return
        payload = {"updated_fields": sorted(changes), "updates": changes}
    event = Event(
        event=f"prefect.{kind}.{what}",
        id=UUID(call.new_id()),
        occurred=from_us(call.now),
        resource={RESOURCE_ID: f"prefect.{kind}.{thing.id}", RESOURCE_NAME: thing.name, **labels},
        related=related,
        payload=payload,
    )
    call.store.take_events([event], call.now)


#: What changes by itself.
_COMPUTED = ("updated", "status", "last_polled", "active_slots")


def _changes(before: msgspec.Struct, after: msgspec.Struct) -> Iterable[tuple[str, dict[str, Any]]]:
    for name in before.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old != new and name not in _COMPUTED:
            yield name, {"from": msgspec.to_builtins(old), "to": msgspec.to_builtins(new)}
