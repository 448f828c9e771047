"""Runs of clients that never said that they live, and of which nothing was heard for very long."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateType
from tidemill.server.services.service import SECOND_US, Pass, Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.settings import Settings
    from tidemill.store.neglected import Standing

    Look = Callable[..., list[Standing]]

#: A crash goes unnoticed for so much longer than it must, at most.
_INTERVAL: Final = 600.0
#: Who could not be heard while no server was there has so long to say something.
_GRACE_US: Final = 3600 * SECOND_US
_BATCH: Final = 100


class UnheardRuns(Service):
    """Ends runs as Crashed of which nothing at all was heard for days: else a killed client's would run for ever.

    Nobody can tell a client that is gone from one that computes without a word, if neither ever beat. So the silence
    is long, everything that a run and those around it do breaks it, and an end that is told later counts all the same.
    """

    name = "unheard_runs"

    def __init__(self, settings: Settings) -> None:
        super().__init__(interval=_INTERVAL)
        self._silence_us = round(settings.server.services.unheard_runs.after_seconds.total_seconds() * SECOND_US)

    def run_once(self, turn: Pass) -> int | None:
        """Look at what runs for so long without a journal, in pages."""
        if self._silence_us <= 0 or turn.now - turn.led_since < min(_GRACE_US, self._silence_us):
            return None
        turn.write_each(self._silent(turn, turn.store.unheard_flow_runs), partial(self._end_flow_run, turn))
        turn.write_each(self._silent(turn, turn.store.unheard_task_runs), partial(self._end_task_run, turn))
        return None

    def _silent(self, turn: Pass, look: Look) -> list[Standing]:
        """All of them, before one is ended: the end of one is something that is heard of those around it."""
        since, after = turn.now - self._silence_us, ""
        silent: list[Standing] = []
        while True:
            page = look(since, after=after, limit=_BATCH)
            silent += [run for run in page if not turn.store.was_heard_of(run.id, since, turn.now)]
            if len(page) < _BATCH:
                return silent
            after = page[-1].id

    def _end_flow_run(self, turn: Pass, run: Standing) -> None:
        turn.store.move_on(run.id, self._crashed(turn), turn.around, only_from=run.state_id)

    def _end_task_run(self, turn: Pass, run: Standing) -> None:
        turn.store.end_left_task_run(run.id, self._crashed(turn), turn.around)

    def _crashed(self, turn: Pass) -> ProposedState:
        hours = self._silence_us / SECOND_US / 3600
        message = (
            f"The run's process was not heard of for {hours:g} hours: it is gone, or says nothing. With heartbeats "
            "(PREFECT_FLOWS_HEARTBEAT_FREQUENCY) that is noticed within minutes."
        )
        return proposed_state(StateType.CRASHED, now_us=turn.now, message=message)
