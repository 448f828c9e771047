"""Limits by name, and slots of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from msgspec.structs import replace

from tidemill.api.operations import concurrency_limits_v2 as operations
from tidemill.domain import limits as domain
from tidemill.domain.limits import FOR_EVER_US, NO_LEASE, SlotRequest, SlotsGranted
from tidemill.domain.states import from_us
from tidemill.server.calls import Answer
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.server.told_things import tell_of
from tidemill.server.waiting_for_slots import told_to_wait
from tidemill.wire.base import changes_of
from tidemill.wire.concurrency_limits import (
    ConcurrencyLimitV2,
    ConcurrencyLimitV2Create,
    ConcurrencyLimitV2Update,
    ConcurrencyLimitWithLeaseResponse,
    GlobalConcurrencyLimitResponse,
    MinimalConcurrencyLimitResponse,
)

if TYPE_CHECKING:
    from tidemill.domain.limits import LimitMode
    from tidemill.server.calls import Call
    from tidemill.store.slots import LimitRow

routes: Final = Routes()
_SECOND_US: Final = 1_000_000


@routes.serves(operations.CREATE_CONCURRENCY_LIMIT_V2)
def create_concurrency_limit_v2(call: Call, body: ConcurrencyLimitV2Create) -> ConcurrencyLimitV2:
    """Make a limit."""
    now = from_us(call.now)
    made = domain.ConcurrencyLimit(
        id=call.new_id(),
        name=body.name,
        limit=body.limit,
        active_slots=body.active_slots,
        created=now,
        updated=now,
        active=body.active,
        slot_decay_per_second=body.slot_decay_per_second,
    )
    call.store.create_limit(made, call.now)
    _set_by_hand(call, made.id, body.active_slots or None, body.denied_slots or None)
    tell_of(call, "created", made)
    known = call.store.denied_slots(made.name)
    return ConcurrencyLimitV2(
        id=made.id,
        name=made.name,
        limit=made.limit,
        active=made.active,
        active_slots=made.active_slots,
        denied_slots=round(known.denied),
        avg_slot_occupancy_seconds=known.average,
        slot_decay_per_second=made.slot_decay_per_second,
        created=now,
        updated=now,
    )


def _set_by_hand(call: Call, limit_id: str, taken: int | None, denied: int | None) -> None:
    if taken is not None:
        if taken > domain.MOST_SLOTS:
            raise not_valid("body", f"expected at most {domain.MOST_SLOTS}, got {taken}", "active_slots")
        call.store.set_slots_taken(limit_id, taken, call.now, call.new_id())
    if denied is not None:
        call.store.set_denied_slots(limit_id, denied, call.now)


@routes.serves(operations.READ_CONCURRENCY_LIMIT_V2)
def read_concurrency_limit_v2(call: Call, id_or_name: str) -> GlobalConcurrencyLimitResponse:
    """A limit, and how many of its slots are taken."""
    return _shown(call.store.read_limit(_handle(id_or_name), call.now))


def _handle(id_or_name: str) -> str:
    """An id as it is kept, however it was written; a name as it is."""
    try:
        return str(UUID(id_or_name))
    except ValueError:
        return id_or_name


def _shown(limit: domain.ConcurrencyLimit) -> GlobalConcurrencyLimitResponse:
    return GlobalConcurrencyLimitResponse(
        id=limit.id,
        name=limit.name,
        limit=limit.limit,
        active=limit.active,
        active_slots=limit.active_slots,
        slot_decay_per_second=limit.slot_decay_per_second,
        created=limit.created,
        updated=limit.updated,
    )


@routes.serves(operations.READ_ALL_CONCURRENCY_LIMITS_V2)
def read_all_concurrency_limits_v2(
    call: Call, body: operations.ReadAllConcurrencyLimitsV2
) -> list[GlobalConcurrencyLimitResponse]:
    """Limits, by name."""
    found = call.store.find_limits(call.now, limit=call.limit(body.limit), offset=body.offset)
    return [_shown(limit) for limit in found]


@routes.serves(operations.UPDATE_CONCURRENCY_LIMIT_V2)
def update_concurrency_limit_v2(call: Call, id_or_name: str, body: ConcurrencyLimitV2Update) -> None:
    """Change a limit. To set ``active_slots`` ends all leases on them."""
    changes = {name: value for name, value in changes_of(body).items() if value is not None}
    limit = call.store.read_limit(_handle(id_or_name), call.now)
    call.store.update_limit(
        limit.id,
        call.now,
        name=changes.get("name"),
        limit=changes.get("limit"),
        active=changes.get("active"),
        slot_decay_per_second=changes.get("slot_decay_per_second"),
    )
    _set_by_hand(call, limit.id, changes.get("active_slots"), changes.get("denied_slots"))
    told = {name: value for name, value in changes.items() if name in limit.__struct_fields__}
    tell_of(call, "updated", replace(limit, **told))


@routes.serves(operations.DELETE_CONCURRENCY_LIMIT_V2)
def delete_concurrency_limit_v2(call: Call, id_or_name: str) -> None:
    """Delete a limit; who waits for it goes on."""
    limit = call.store.read_limit(_handle(id_or_name), call.now)
    call.store.delete_limit(limit.id)
    tell_of(call, "deleted", limit)


@routes.serves(operations.BULK_INCREMENT_ACTIVE_SLOTS)
def bulk_increment_active_slots(
    call: Call, body: operations.BulkIncrementActiveSlots
) -> list[MinimalConcurrencyLimitResponse] | Answer:
    """Take slots without a lease, until somebody gives them back."""
    taken = _taken(call, body.names, body.slots, body.mode, NO_LEASE, FOR_EVER_US, call.new_id())
    return taken if isinstance(taken, Answer) else _listed(taken)


@routes.serves(operations.BULK_INCREMENT_ACTIVE_SLOTS_WITH_LEASE)
def bulk_increment_active_slots_with_lease(
    call: Call, body: operations.BulkIncrementActiveSlotsWithLease
) -> ConcurrencyLimitWithLeaseResponse | Answer:
    """Take slots for as long as the lease is renewed."""
    lease = call.new_id()
    holder = f"{body.holder.type}:{body.holder.id}" if body.holder else "client"
    until = call.now + round(body.lease_duration * _SECOND_US)
    taken = _taken(call, body.names, body.slots, body.mode, holder, until, lease)
    if isinstance(taken, Answer):
        return taken
    return ConcurrencyLimitWithLeaseResponse(lease_id=lease, limits=_listed(taken))


def _taken(
    call: Call, names: list[str], slots: int, mode: LimitMode, holder: str, until: int, lease: str
) -> list[LimitRow] | Answer:
    """The limits among the names, slots of which are taken now; or the answer that says to wait."""
    limits = call.store.limits_named(names)
    for limit in limits:
        if limit.active and limit.slots < slots:
            raise Refusal(
                422, f"{slots} slots of the concurrency limit '{limit.name}' can never be had: it has {limit.slots}"
            )
    request = SlotRequest(
        lease_id=lease, names=names, slots=slots, holder=holder, now=call.now, lease_until=until, mode=mode
    )
    answer = call.store.lease_slots(request)
    return limits if isinstance(answer, SlotsGranted) else told_to_wait(call, slots, answer)


def _listed(limits: list[LimitRow]) -> list[MinimalConcurrencyLimitResponse]:
    return [MinimalConcurrencyLimitResponse(id=limit.id, name=limit.name, limit=limit.slots) for limit in limits]


@routes.serves(operations.BULK_DECREMENT_ACTIVE_SLOTS)
def bulk_decrement_active_slots(
    call: Call, body: operations.BulkDecrementActiveSlots
) -> list[MinimalConcurrencyLimitResponse]:
    """Give back slots that were taken without a lease."""
    return _listed(call.store.give_back_slots(body.names, body.slots, call.now, body.occupancy_seconds))


@routes.serves(operations.BULK_DECREMENT_ACTIVE_SLOTS_WITH_LEASE)
def bulk_decrement_active_slots_with_lease(call: Call, body: operations.BulkDecrementActiveSlotsWithLease) -> None:
    """Give back what a lease holds. Nothing is said of a lease that is over."""
    call.store.end_lease(str(body.lease_id), call.now)


@routes.serves(operations.RENEW_CONCURRENCY_LEASE)
def renew_concurrency_lease(call: Call, lease_id: str, body: operations.RenewConcurrencyLease) -> None:
    """Keep a lease longer."""
    if not call.store.renew_lease(lease_id, call.now, call.now + round(body.lease_duration * _SECOND_US)):
        raise Refusal(410, f"the lease {lease_id} ran out or was ended: the slots may be someone else's by now")
