"""Telling who is there, and who is there no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import events, readiness
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from tidemill.domain.readiness import Patience
    from tidemill.store.readiness import Changed
    from tidemill.wire.events import Event


class Readiness(Access):
    """Work pools, queues and deployments whose status changed."""

    def changed_statuses(self, now: int, patience: Patience, *, limit: int) -> list[Changed]:
        """Those whose status is another than what was last told of it; up to ``limit`` of each kind."""
        with self._connections.reading() as session:
            return readiness.changed(
                session,
                now,
                queue_since=now - round(patience.queue * 1_000_000),
                deployment_since=now - round(patience.deployment * 1_000_000),
                most=limit,
            )

    def tell_status(self, change: Changed, event: Event, now: int) -> None:
        """Keep an event that tells of it, and remember that it was told."""
        with self._connections.writing() as session:
            events.tell(session, [event], now)
            readiness.tell(session, change, str(event.id), now)
