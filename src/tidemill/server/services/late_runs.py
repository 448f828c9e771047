"""Runs that nobody picked up in time are marked late."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.flows.late import LATE
from tidemill.domain.orchestration.policies import MARK_LATE_RUNS_POLICY
from tidemill.domain.orchestration.proposals import scheduled_at
from tidemill.server.services.service import SECOND_US, Pass, Service

if TYPE_CHECKING:
    from tidemill.settings import Settings
    from tidemill.store.neglected import Overdue

#: More than that in one transaction would hold up others.
_BATCH: Final = 100


class LateRuns(Service):
    """Marks scheduled runs late."""

    name = "late_runs"

    def __init__(self, settings: Settings) -> None:
        said = settings.server.services.late_runs
        super().__init__(interval=said.loop_seconds, enabled=said.enabled)
        self._after_us = round(said.after_seconds.total_seconds() * SECOND_US)

    def run_once(self, turn: Pass) -> int | None:
        """Mark those whose time was more than ``after_seconds`` ago."""
        overdue = turn.store.overdue_runs(turn.now - self._after_us, limit=_BATCH)
        turn.write_each(overdue, partial(_mark, turn))
        return turn.now if len(overdue) == _BATCH else None


def _mark(turn: Pass, run: Overdue) -> None:
    late = scheduled_at(LATE, run.due, now_us=turn.now)
    turn.store.move_on(run.id, late, turn.around, only_from=run.state_id, policy=MARK_LATE_RUNS_POLICY)
