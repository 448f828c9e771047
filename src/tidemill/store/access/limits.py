"""Concurrency limits, and who has slots of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tidemill.domain.names import clean_text
from tidemill.store import limits
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.limits import ConcurrencyLimit, SlotHolding, SlotRequest, SlotsDenied, SlotsGranted


class Limits(Access):
    """Limits of concurrency and of rates, and taking slots of them. Their names are made fit to be stored here."""

    def create_limit(self, limit: ConcurrencyLimit, now: int) -> None:
        """Raises LimitError if there is one of this name."""
        with self._connections.writing() as session:
            limits.create(session, replace(limit, name=clean_text(limit.name)), now)

    def read_limit(self, handle: str, now: int) -> ConcurrencyLimit:
        """By name or id. Raises LimitError if there is none."""
        with self._connections.reading() as session:
            return limits.read(session, clean_text(handle), now)

    def limits(self, now: int) -> list[ConcurrencyLimit]:
        """All of them, by name."""
        with self._connections.reading() as session:
            return limits.find(session, now)

    def update_limit(
        self,
        handle: str,
        now: int,
        *,
        name: str | None = None,
        limit: int | None = None,
        active: bool | None = None,
        slot_decay_per_second: float | None = None,
    ) -> None:
        """Change what is given. Raises LimitError if there is none, or the new name is taken."""
        with self._connections.writing() as session:
            name = None if name is None else clean_text(name)
            handle = clean_text(handle)
            limits.update(session, handle, now, name=name, slots=limit, active=active, decay=slot_decay_per_second)

    def delete_limit(self, handle: str) -> None:
        """With what is taken of it. Raises LimitError if there is none."""
        with self._connections.writing() as session:
            limits.delete(session, clean_text(handle))

    def limited(self, names: Collection[str]) -> list[str]:
        """Which of these names have a limit that is active."""
        with self._connections.reading() as session:
            return limits.limited(session, [clean_text(name) for name in names])

    def slot_holdings(self, name: str, now: int) -> list[SlotHolding]:
        """Who has slots of a limit, the longest first."""
        with self._connections.reading() as session:
            return limits.holdings(session, clean_text(name), now)

    def acquire_slots(self, request: SlotRequest) -> SlotsGranted | SlotsDenied:
        """Slots of every named limit, or none and when to ask again. Raises LimitError for what can never be had."""
        with self._connections.writing() as session:
            return limits.acquire(session, replace(request, names=[clean_text(name) for name in request.names]))

    def renew_slots(self, lease_id: str, now: int, lease_until: int) -> bool:
        """Keep slots longer. False if the lease ran out: the slots may be someone else's."""
        with self._connections.writing() as session:
            return limits.renew(session, lease_id, now, lease_until)

    def release_slots(self, lease_id: str) -> None:
        """Give slots back. Doing it twice is harmless."""
        with self._connections.writing() as session:
            limits.release(session, lease_id)
