"""Runs that somebody else wants suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import suspending
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.pauses import Suspension


class Suspensions(Access):
    """Asking a run to leave its process, and hearing of it there."""

    def suspend_flow_run(self, flow_run_id: str, wanted: Suspension, now: int) -> None:
        """Ask a run that a live process holds to leave it; what nobody is at is Suspended at once.

        Raises IllegalTransitionError for a run that is over, is being cancelled or is part of another.
        """
        with self._connections.writing() as session:
            suspending.suspend(session, flow_run_id, wanted, now)

    def suspensions(self, flow_run_ids: Collection[str]) -> dict[str, Suspension]:
        """Which of these runs are asked to leave their processes."""
        with self._connections.reading() as session:
            return suspending.asked(session, flow_run_ids)
