"""Deleting what is old, a little at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import retention
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection


class Retention(Access):
    """Each call deletes up to ``limit`` rows of a kind, so that it holds up nobody."""

    def delete_part_of_old_run(self, before: int, *, limit: int) -> bool:
        """Go on with the root run that was over first, before a moment, and with all below it; False if there is none.

        While any run below a root run is not over, all of it stays.
        """
        with self._connections.writing() as session:
            return retention.delete_part_of_old_run(session, before, limit)

    def delete_lone_rows(self, before: int, now: int, *, limit: int) -> int:
        """Delete what belongs to no run and is older, and what belongs to runs that are gone; how many rows."""
        with self._connections.writing() as session:
            return retention.delete_lone_rows(session, before, now, limit)

    def delete_logs_of_gone_runs(self, after: str, before: int, *, limit: int) -> str:
        """Go through the runs that have log lines, by id, behind one; delete older lines of those that are gone.

        Returns behind which id to go on; empty when all were looked at.
        """
        with self._connections.writing() as session:
            return retention.delete_logs_of_gone_runs(session, after, before, limit)

    def forget_empty_tallies(self, before: int) -> None:
        """Delete the tallies of runs that were expected before a moment, where there is none of them any more."""
        with self._connections.writing() as session:
            retention.forget_empty_tallies(session, before)

    def delete_events_before(self, moment: int, *, limit: int, except_named: Collection[str] = ()) -> int:
        """Delete events that occurred before a moment; how many."""
        with self._connections.writing() as session:
            return retention.delete_events(session, moment, limit, except_named=except_named)

    def delete_events_named_before(self, name: str, moment: int, *, limit: int) -> int:
        """Delete events of one name that occurred before a moment; how many."""
        with self._connections.writing() as session:
            return retention.delete_events_named(session, name, moment, limit)
