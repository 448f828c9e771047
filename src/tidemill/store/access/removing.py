"""Deleting runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import removing
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection


class Removing(Access):
    """Deleting runs with all that belongs to them."""

    def delete_flow_run(self, flow_run_id: str) -> bool:
        """With its subflow runs, task runs, logs and inputs; False if there is none of this id."""
        with self._connections.writing() as session:
            return removing.delete_flow_run(session, flow_run_id)

    def delete_flow_runs(self, flow_run_ids: Collection[str]) -> int:
        """As ``delete_flow_run``, at once; returns how many there were, with those below them."""
        with self._connections.writing() as session:
            return removing.delete_flow_runs(session, flow_run_ids)

    def delete_flow_runs_ended_before(self, moment: int, *, limit: int = 100) -> int:
        """Delete up to ``limit`` root runs that ended before a moment; returns how many. Small bites hold up nobody."""
        with self._connections.writing() as session:
            return removing.delete_ended_before(session, moment, limit)
