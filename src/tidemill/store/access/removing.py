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
        """With its subflow runs, task runs, logs and inputs; False if there is none of this id.

        Part by part, so that it holds up nobody, unless all is to be one transaction (``together``).
        """
        there = False
        while True:
            with self._connections.writing() as session:
                there = there or removing.are_there(session, [flow_run_id])
                if removing.delete_part(session, [flow_run_id], removing.PART):
                    return there

    def delete_part_of_flow_runs(self, flow_run_ids: Collection[str], *, limit: int = removing.PART) -> bool:
        """Delete about ``limit`` rows of these runs and of all that is below them; whether they are gone.

        They go last, together: until then they are found.
        """
        with self._connections.writing() as session:
            return removing.delete_part(session, flow_run_ids, limit)

    def delete_flow_runs_ended_before(self, moment: int, *, limit: int = 100) -> int:
        """Delete up to ``limit`` root runs that ended before a moment; returns how many. Small bites hold up nobody."""
        with self._connections.writing() as session:
            return removing.delete_ended_before(session, moment, limit)
