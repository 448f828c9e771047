"""Pauses that nobody ended in time."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.pauses import timed_out_id, timed_out_message
from tidemill.domain.states import StateType, to_us
from tidemill.server.services.service import Pass, Service

if TYPE_CHECKING:
    from tidemill.settings import Settings
    from tidemill.store.neglected import Paused


#: More than that in one transaction would hold up others.
_BATCH: Final = 100


class PauseExpirations(Service):
    """Fails runs that nobody resumed. A living process that waits in a pause says itself what becomes of it."""

    name = "pause_expirations"

    def __init__(self, settings: Settings) -> None:
        said = settings.server.services.pause_expirations
        super().__init__(interval=said.loop_seconds, enabled=said.enabled)

    def run_once(self, turn: Pass) -> int | None:
        """Fail those whose time is up; the next one's time is when to look again."""
        ends = [(_end_of(run), run) for run in turn.store.pauses_with_an_end(turn.now)]
        expired = [run for end, run in ends if end <= turn.now]
        turn.write_each(expired[:_BATCH], partial(_fail, turn))
        if len(expired) > _BATCH:
            return turn.now
        return min((end for end, _ in ends if end > turn.now), default=None)


def _end_of(run: Paused) -> int:
    return to_us(datetime.fromisoformat(run.until))


def _fail(turn: Pass, run: Paused) -> None:
    failed = proposed_state(
        StateType.FAILED, now_us=turn.now, message=timed_out_message(run.state_name), id=timed_out_id(run.state_id)
    )
    turn.store.move_on(run.id, failed, turn.around, only_from=run.state_id)
