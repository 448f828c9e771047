"""Slots as clients over HTTP take them and give them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.limits import FOR_EVER_US, SlotsGranted
from tidemill.store import limits, slots
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.limits import ConcurrencyLimit, Denials, SlotRequest, SlotsDenied, SlotsHeld
    from tidemill.store.slots import LimitRow


class Slots(Access):
    """What is asked about slots over HTTP, beside what ``Limits`` offers."""

    def find_limits(self, now: int, *, beginning: str = "", limit: int, offset: int = 0) -> list[ConcurrencyLimit]:
        """Those whose names begin so, by name."""
        with self._connections.reading() as session:
            return limits.of_ids(session, slots.page(session, beginning, limit, offset), now)

    def limits_named(self, names: Collection[str]) -> list[LimitRow]:
        """Those of the names that have a limit, by name."""
        with self._connections.reading() as session:
            return slots.named(session, names)

    def lease_slots(self, request: SlotRequest) -> SlotsGranted | SlotsDenied:
        """As ``acquire_slots``; the lease can be renewed even if nothing was to be held. A refusal is not noted."""
        with self._connections.writing() as session:
            answer = limits.acquire(session, request)
            if isinstance(answer, SlotsGranted):
                slots.note_granted(session, slots.named(session, answer.limits), request.slots, request.now)
                if not slots.any_undecaying(session, request.lease_id):
                    slots.hold_idle(session, request.lease_id, request.now, request.lease_until)
            return answer

    def renew_lease(self, lease_id: str, now: int, until: int) -> bool:
        """Keep a lease longer. False if it ran out, was ended, or what it held was taken from it."""
        with self._connections.writing() as session:
            renewed = limits.renew(session, lease_id, now, until)
            return slots.renew_idle(session, lease_id, now, until) or renewed

    def end_lease(self, lease_id: str, now: int) -> None:
        """Give slots back, and note for how long they were held. Doing it twice is harmless."""
        with self._connections.writing() as session:
            slots.note_end(session, lease_id, now)
            slots.end_idle(session, lease_id)
            limits.release(session, lease_id)

    def note_denied_slots(self, name: str, wanted: int, now: int) -> Denials:
        """Slots of a limit were asked for in vain. What is known of those who wait. Raises LimitError for no limit."""
        with self._connections.writing() as session:
            return slots.note_denied(session, slots.one_named(session, name), wanted, now)

    def denied_slots(self, name: str) -> Denials:
        """What is known of those who wait for slots of a limit. Raises LimitError if there is none."""
        with self._connections.reading() as session:
            return slots.denials(slots.one_named(session, name))

    def give_back_slots(self, names: Collection[str], count: int, now: int, occupancy: float | None) -> list[LimitRow]:
        """Slots that were taken without a lease, of each active limit among these. ``occupancy``: how long all of them
        were held together, in seconds. Returns the limits.
        """
        with self._connections.writing() as session:
            found = slots.named(session, names)
            for row in found:
                if row.active:
                    slots.give_back(session, row, count, now)
                    if occupancy is not None:
                        slots.note_occupancy(session, row, occupancy / count)
            return found

    def set_slots_taken(self, handle: str, taken: int, now: int, lease_id: str) -> None:
        """Say by hand how many slots are taken; all leases on them end. Raises LimitError if there is no such limit."""
        with self._connections.writing() as session:
            limit = limits.read(session, handle, now)
            slots.set_taken(session, limit.id, limit.slot_decay_per_second, taken, now, lease_id)

    def set_denied_slots(self, handle: str, denied: int, now: int) -> None:
        """Say by hand how many slots are wanted in vain."""
        with self._connections.writing() as session:
            slots.set_denied(session, limits.read(session, handle, now).id, denied, now)

    def slots_held(self, limit_id: str, now: int) -> list[SlotsHeld]:
        """The leases on slots of a limit, the oldest first."""
        with self._connections.reading() as session:
            return slots.held(session, limit_id, now)

    def give_slots_to(self, limit_id: str, leases: Collection[tuple[str, str]], now: int) -> None:
        """One slot for each of these leases and holders, and no other: all that were held end."""
        with self._connections.writing() as session:
            slots.set_taken(session, limit_id, 0, 0, now, "")
            for lease_id, holder in leases:
                slots.take(session, limit_id, lease_id, 1, holder, now, FOR_EVER_US)

    def drop_slots(self, limit_id: str, lease_id: str) -> None:
        """Give back what a lease holds of one limit."""
        with self._connections.writing() as session:
            slots.drop_from_limit(session, limit_id, lease_id)
