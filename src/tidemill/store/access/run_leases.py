"""Leases of runs, and what belongs to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.names import clean_text
from tidemill.store import decisions, run_leases
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.run_tokens import RunBound, RunLease
    from tidemill.domain.runs import Claim
    from tidemill.domain.states import StateType
    from tidemill.store.run_leases import Thing


class RunLeases(Access):
    """Judging who speaks for a run."""

    def run_lease(self, flow_run_id: str) -> RunLease | None:
        """Who holds a flow run, under which epoch and until when; None if there is no such run."""
        with self._connections.reading() as session:
            return run_leases.read(session, clean_text(flow_run_id))

    def hand_over_run(self, run: RunBound, producer: str, now: int, *, allow: Collection[StateType]) -> Claim:
        """Let the process that was started for a run have its lease, under the epoch of who started it.

        Raises StaleEpochError where the run was claimed since, and RunHeldError, saying why, where another process was
        started for it, too, or its state is none of ``allow``.
        """
        with self._connections.writing() as session:
            return decisions.hand_over(session, run.flow_run_id, run, producer, now, allow)

    def owned_by_run(self, root: str, thing: Thing, ids: Collection[str]) -> dict[str, bool]:
        """Of some things those that are there, and whether each belongs to this root run."""
        with self._connections.reading() as session:
            return run_leases.owned(session, root, thing, [clean_text(id_) for id_ in ids])
