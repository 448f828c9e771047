"""Cancelling that comes to an end, whoever was to bring it there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateType
from tidemill.server.services.left_behind import end_what_is_left
from tidemill.server.services.service import SECOND_US, Pass, Service

if TYPE_CHECKING:
    from tidemill.settings import Settings
    from tidemill.store.neglected import Standing

#: More than that in one transaction would hold up others.
_BATCH: Final = 100


class CancellationCleanup(Service):
    """Ends runs that were asked to end and did not, and what cancelled runs left open."""

    name = "cancellation_cleanup"

    def __init__(self, settings: Settings) -> None:
        said = settings.server.services.cancellation_cleanup
        super().__init__(interval=said.loop_seconds, enabled=said.enabled)
        self._grace = said.cancelling_timeout_seconds

    def run_once(self, turn: Pass) -> int | None:
        """Call those Cancelled that had their time to end, then what is below them."""
        stuck = turn.store.stuck_cancelling(turn.now - round(self._grace * SECOND_US), turn.now, limit=_BATCH)
        turn.write_each(stuck, partial(self._end, turn))
        more = end_what_is_left(turn, cancelled=True)
        return turn.now if more or len(stuck) == _BATCH else None

    def _end(self, turn: Pass, run: Standing) -> None:
        message = (
            f"The run was asked to end and did not say within {self._grace:g} s that it had: whoever was at it is gone,"
            " or does not answer."
        )
        cancelled = proposed_state(StateType.CANCELLED, now_us=turn.now, message=message)
        turn.store.move_on(run.id, cancelled, turn.around, only_from=run.state_id)
