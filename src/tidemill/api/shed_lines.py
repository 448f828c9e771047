"""Log lines for which there is no room while the store is away: dropped, counted, and told of under their run."""

from __future__ import annotations

import logging
from threading import RLock
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.entries import LogWritten

if TYPE_CHECKING:
    from tidemill.journal.applier import Applier

logger = logging.getLogger("tidemill.home")

#: The part of a journal's bound that lines may fill while the store is away. The rest is for what happens in the runs.
_FOR_LINES: Final = 0.75
_Run = tuple[str, str | None]


def must_shed(applier: Applier) -> bool:
    """Whether a log line is to be dropped, so that the runs can go on."""
    journal = applier.journal
    return applier.store_is_away and journal.behind > journal.max_behind * _FOR_LINES


class ShedLines:
    """How many lines of each run were dropped and are not told of yet. May be asked by any thread, and by handlers."""

    def __init__(self) -> None:
        self._counting = RLock()
        self._shed: dict[_Run, int] = {}

    def __bool__(self) -> bool:
        """Whether there is a gap to be told of."""
        return bool(self._shed)

    def count(self, payload: bytes) -> None:
        """One line more that is not kept."""
        line = msgspec.json.decode(payload, type=LogWritten)
        run = (line.root, line.flow_run_id)
        with self._counting:
            if not self._shed:
                logger.warning("The journal of this process is full, and the store is away: log lines are dropped now")
            self._shed[run] = self._shed.get(run, 0) + 1

    def take(self, now: int) -> list[LogWritten]:
        """The lines that tell of the gaps, which are forgotten here."""
        with self._counting:
            shed, self._shed = self._shed, {}
        return [
            LogWritten(root, run, None, logger.name, logging.WARNING, now, _told(lines))
            for (root, run), lines in shed.items()
        ]


def _told(lines: int) -> str:
    what = "1 line is" if lines == 1 else f"{lines:,} lines are"
    return f"{what} missing before this one: the store was away, and the journal of the process was full"
