"""Runs of clients that said again and again that they live, and say it no more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.domain.liveness import MISSED_BEATS, has_gone_silent
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateType
from tidemill.server.services.left_behind import end_what_is_left
from tidemill.server.services.service import SECOND_US, Pass, Service

if TYPE_CHECKING:
    from tidemill.settings import Settings
    from tidemill.store.neglected import Standing

#: A crash goes unnoticed for so much longer than it must, at most.
_INTERVAL: Final = 30.0
#: What clients beat at that nobody told otherwise.
_USUAL_SECONDS: Final = 180
_BATCH: Final = 100


class SilentRuns(Service):
    """Ends runs as Crashed whose clients fell silent, and what runs that are over left open.

    A client that never sent a heartbeat is believed for days (``unheard_runs``). One that falls silent is given three
    times as long as it used to take from one to the next, and whatever else is heard of its run counts.
    """

    name = "silent_runs"

    def __init__(self, settings: Settings) -> None:
        super().__init__(interval=_INTERVAL)
        self._usual_us = (settings.flows.heartbeat_frequency or _USUAL_SECONDS) * SECOND_US

    def run_once(self, turn: Pass) -> int | None:
        """Look at what runs without a journal, in pages."""
        before, after = turn.now - MISSED_BEATS * self._usual_us, ""
        while turn.led_since <= before:
            page = turn.store.running_since_before(before, after=after, limit=_BATCH)
            turn.write_each([run for run in page if self._is_silent(turn, run)], partial(self._end, turn))
            if len(page) < _BATCH:
                break
            after = page[-1].id
        more = end_what_is_left(turn, cancelled=False)
        return turn.now if more else None

    def _is_silent(self, turn: Pass, run: Standing) -> bool:
        beats, others = turn.store.signs_of_life(run.id)
        return has_gone_silent(
            beats, (*others, run.since), listening_since=turn.led_since, usual_us=self._usual_us, now=turn.now
        )

    def _end(self, turn: Pass, run: Standing) -> None:
        if not self._is_silent(turn, run):
            return
        message = "The run's process used to send heartbeats and is not heard of any more: it is gone, or cut off."
        crashed = proposed_state(StateType.CRASHED, now_us=turn.now, message=message)
        turn.store.move_on(run.id, crashed, turn.around, only_from=run.state_id)
