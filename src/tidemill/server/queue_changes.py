"""What is asked of a work queue, on whichever path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.states import from_us
from tidemill.wire.base import changes_of
from tidemill.wire.work_queues import WorkQueueResponse

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.work_queues import WorkQueueCreate, WorkQueueUpdate

#: Fields that a queue always has a value for; a null for them is no change.
_ALWAYS: Final = ("name", "is_paused", "priority")


def queue_from(call: Call, body: WorkQueueCreate) -> WorkQueueResponse:
    """The queue that is asked for, in no pool so far."""
    now = from_us(call.now)
    return WorkQueueResponse(
        id=call.new_id(),
        name=body.name,
        description=body.description,
        is_paused=body.is_paused,
        concurrency_limit=body.concurrency_limit,
        filter=body.filter,
        created=now,
        updated=now,
    )


def changes_of_queue(body: WorkQueueUpdate) -> dict[str, Any]:
    """What is to be changed."""
    return {field: value for field, value in changes_of(body).items() if value is not None or field not in _ALWAYS}
