"""What is asked of a work queue, on whichever path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.states import from_us
from tidemill.server.calls import part
from tidemill.server.refusals import not_valid
from tidemill.server.told_changes import tell_of_queue
from tidemill.wire.base import changes_of
from tidemill.wire.work_queues import WorkQueueResponse

if TYPE_CHECKING:
    from tidemill.server.calls import Answer, Call
    from tidemill.wire.work_queues import WorkQueueCreate, WorkQueueUpdate

#: The largest priority that may be asked for.
_LAST: Final = 2**31 - 1
#: Fields that a queue always has a value for; a null for them is no change.
_ALWAYS: Final = ("name", "is_paused", "priority")


def queue_from(call: Call, body: WorkQueueCreate) -> WorkQueueResponse:
    """The queue that is asked for, in no pool so far."""
    _check_priority(body.priority)
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
    _check_priority(body.priority)
    return {field: value for field, value in changes_of(body).items() if value is not None or field not in _ALWAYS}


def delete_queue(call: Call, queue: WorkQueueResponse) -> Answer:
    """Delete a queue, and tell of it."""
    done = call.store.delete_part_of_work_queue(queue.id)
    if done:
        tell_of_queue(call, "deleted", queue)
    return part(done=done)


def _check_priority(priority: object) -> None:
    """There must be room behind it for those that step back."""
    if isinstance(priority, int) and priority > _LAST:
        raise not_valid("body", f"expected at most {_LAST}, got {priority}", "priority")
