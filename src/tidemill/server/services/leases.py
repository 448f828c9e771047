"""Runs whose process is gone are ended, with all that they called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.api.embedded import Recording
from tidemill.api.tending import cut_off, finish_left_behind, tell_of_crash
from tidemill.server.services.service import SECOND_US, Pass, Service
from tidemill.system.clock import JumpingClock

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.domain.runs import Producer
    from tidemill.settings import Settings

#: A process that is gone goes unnoticed for so much longer than its lease, at most; one of this home for so long.
_INTERVAL: Final = 2.0


class Leases(Service):
    """Ends what processes held whose lease ran out: flow runs, subflow runs and task runs, and gives their slots back.

    When a lead begins anew, nobody could beat for a while: then all are believed to live for another term first, so
    that the absence of the server costs no run. Processes with a journal in ``journals`` are judged by its lock.
    """

    name = "leases"

    def __init__(self, settings: Settings, journals: Path | None) -> None:
        """``journals``: where processes that share the server's store have theirs; None where none can."""
        super().__init__(interval=_INTERVAL)
        self._journals = journals
        self._recording = Recording(lease_seconds=settings.lease_seconds, keep_seconds=settings.journal.keep_seconds)
        self._extended_under: int | None = None

    def run_once(self, turn: Pass) -> int | None:
        """Look for leases that ran out."""
        if self._extended_under != turn.led_since:
            until = turn.now + round(self._recording.lease_seconds * SECOND_US)
            turn.write(partial(turn.store.extend_leases, until))
            self._extended_under = turn.led_since
            return None
        if self._journals is not None:  # who has one here and lives is given another lease by this
            clock = JumpingClock(turn.now)
            finish_left_behind(turn.store, self._journals, clock, self._recording, leases_tell=False)
        for producer in turn.store.lapsed_producers(turn.now):
            self._bury(turn, producer)
        return None

    def _bury(self, turn: Pass, producer: Producer) -> None:
        crashed = turn.write(partial(turn.store.bury_lapsed, producer.id, turn.now, cut_off(producer)))
        tell_of_crash(producer, crashed or [])
