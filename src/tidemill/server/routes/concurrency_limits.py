"""Limits of tags, as older clients know them: those whose names begin with ``tag:``, each slot held by a task run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import concurrency_limits as operations
from tidemill.domain import limits as domain
from tidemill.domain.limits import FOR_EVER_US, SlotRequest, SlotsDenied
from tidemill.domain.states import from_us
from tidemill.server.calls import Answer
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.server.told_things import tell_of
from tidemill.server.waiting_for_slots import TAG, locked
from tidemill.store.errors import LimitError
from tidemill.wire.concurrency_limits import ConcurrencyLimit, ConcurrencyLimitCreate, MinimalConcurrencyLimitResponse

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.server.calls import Call
    from tidemill.store.slots import LimitRow

routes: Final = Routes()


@routes.serves(operations.CREATE_CONCURRENCY_LIMIT)
def create_concurrency_limit(call: Call, body: ConcurrencyLimitCreate) -> Answer:
    """Make a tag's limit, or change how many slots it has."""
    if not 0 <= body.concurrency_limit <= domain.MOST_SLOTS:
        raise not_valid("body", f"expected a number from 0 to {domain.MOST_SLOTS}", "concurrency_limit")
    name = TAG + body.tag
    for known in call.store.limits_named([name]):
        call.store.update_limit(known.id, call.now, limit=body.concurrency_limit)
        changed = call.store.read_limit(known.id, call.now)
        tell_of(call, "updated", changed)
        return Answer(_shown(call, changed), status=200)
    now = from_us(call.now)
    made = domain.ConcurrencyLimit(
        id=call.new_id(), name=name, limit=body.concurrency_limit, active_slots=0, created=now, updated=now
    )
    call.store.create_limit(made, call.now)
    tell_of(call, "created", made)
    return Answer(_shown(call, made), status=201)


def _shown(call: Call, limit: domain.ConcurrencyLimit) -> ConcurrencyLimit:
    held = call.store.slots_held(limit.id, call.now)
    return ConcurrencyLimit(
        id=limit.id,
        tag=limit.name.removeprefix(TAG),
        concurrency_limit=limit.limit,
        active_slots=[task_run for one in held if (task_run := one.task_run_id) is not None],
        created=limit.created,
        updated=limit.updated,
    )


@routes.serves(operations.READ_CONCURRENCY_LIMITS)
def read_concurrency_limits(call: Call, body: operations.ReadConcurrencyLimits) -> list[ConcurrencyLimit]:
    """Tags' limits, by tag."""
    found = call.store.find_limits(call.now, beginning=TAG, limit=call.limit(body.limit), offset=body.offset)
    return [_shown(call, limit) for limit in found]


@routes.serves(operations.READ_CONCURRENCY_LIMIT)
def read_concurrency_limit(call: Call, id: str) -> ConcurrencyLimit:  # noqa: A002 - the path's name for it
    """A tag's limit by id."""
    return _shown(call, _with_id(call, id))


@routes.serves(operations.READ_CONCURRENCY_LIMIT_BY_TAG)
def read_concurrency_limit_by_tag(call: Call, tag: str) -> ConcurrencyLimit:
    """A tag's limit."""
    return _shown(call, _of_tag(call, tag))


def _with_id(call: Call, id_: str) -> domain.ConcurrencyLimit:
    limit = call.store.read_limit(id_, call.now)
    if not limit.name.startswith(TAG):
        raise Refusal(404, f"the concurrency limit '{limit.name}' is no tag's: ask for it at /v2/concurrency_limits")
    return limit


def _of_tag(call: Call, tag: str) -> domain.ConcurrencyLimit:
    try:
        return call.store.read_limit(TAG + tag, call.now)
    except LimitError as error:
        raise Refusal(404, f"there is no concurrency limit for the tag '{tag}'") from error


@routes.serves(operations.DELETE_CONCURRENCY_LIMIT)
def delete_concurrency_limit(call: Call, id: str) -> None:  # noqa: A002 - the path's name for it
    """Delete a tag's limit."""
    _delete(call, _with_id(call, id))


def _delete(call: Call, limit: domain.ConcurrencyLimit) -> None:
    call.store.delete_limit(limit.id)
    tell_of(call, "deleted", limit)


@routes.serves(operations.DELETE_CONCURRENCY_LIMIT_BY_TAG)
def delete_concurrency_limit_by_tag(call: Call, tag: str) -> None:
    """Delete a tag's limit."""
    _delete(call, _of_tag(call, tag))


@routes.serves(operations.RESET_CONCURRENCY_LIMIT_BY_TAG)
def reset_concurrency_limit_by_tag(call: Call, tag: str, body: operations.ResetConcurrencyLimitByTag) -> None:
    """Take all slots from who holds them, and give one each to the task runs that are named."""
    holders = [(call.new_id(), _holder(task_run_id)) for task_run_id in dict.fromkeys(body.slot_override or ())]
    call.store.give_slots_to(_of_tag(call, tag).id, holders, call.now)


def _holder(task_run_id: UUID) -> str:
    return f"task_run:{task_run_id}"


@routes.serves(operations.INCREMENT_CONCURRENCY_LIMITS_V1)
def increment_concurrency_limits_v1(
    call: Call, body: operations.DecrementConcurrencyLimitsV1
) -> list[MinimalConcurrencyLimitResponse] | Answer:
    """Take a slot of each tag's limit for a task run. One that it holds already is not taken again."""
    limits = [limit for limit in _of_tags(call, body.names) if limit.active]
    for limit in limits:
        if not limit.slots:
            tag = limit.name.removeprefix(TAG)
            return locked(f"the concurrency limit of the tag '{tag}' is 0: nothing that has the tag can ever run")
    wanted = [limit.name for limit in limits if not _leases_of(call, limit, body.task_run_id)]
    answer = call.store.lease_slots(
        SlotRequest(
            lease_id=call.new_id(),
            names=wanted,
            slots=1,
            holder=_holder(body.task_run_id),
            now=call.now,
            lease_until=FOR_EVER_US,
        )
    )
    if isinstance(answer, SlotsDenied):
        wait = call.settings.server.tasks.tag_concurrency_slot_wait_seconds
        return locked(f"all slots of the tag '{answer.limit.removeprefix(TAG)}' are taken", wait)
    return [_minimal(limit, limit.name.removeprefix(TAG)) for limit in limits]


@routes.serves(operations.DECREMENT_CONCURRENCY_LIMITS_V1)
def decrement_concurrency_limits_v1(
    call: Call, body: operations.DecrementConcurrencyLimitsV1
) -> list[MinimalConcurrencyLimitResponse]:
    """Give back what a task run holds of each tag's limit."""
    limits = _of_tags(call, body.names)
    for limit in limits:
        for lease_id in _leases_of(call, limit, body.task_run_id):
            call.store.drop_slots(limit.id, lease_id)
    return [_minimal(limit, limit.name) for limit in limits]


def _of_tags(call: Call, tags: list[str]) -> list[LimitRow]:
    return call.store.limits_named([TAG + tag for tag in tags])


def _leases_of(call: Call, limit: LimitRow, task_run_id: UUID) -> list[str]:
    wanted = str(task_run_id)
    return [one.lease_id for one in call.store.slots_held(limit.id, call.now) if one.task_run_id == wanted]


def _minimal(limit: LimitRow, name: str) -> MinimalConcurrencyLimitResponse:
    return MinimalConcurrencyLimitResponse(id=limit.id, name=name, limit=limit.slots)
