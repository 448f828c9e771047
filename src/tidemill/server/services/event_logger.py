"""Events as lines of the server's log, for those who want them there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from tidemill.domain.events import RESOURCE_ID
from tidemill.server.services.service import Pass, Service
from tidemill.store.tailing import Tail

if TYPE_CHECKING:
    from tidemill.settings import Settings

logger = logging.getLogger("tidemill.server.events")

#: A line is so late at most.
_INTERVAL: Final = 1.0
_BATCH: Final = 500


class EventLogger(Service):
    """Logs every event that comes in from now on; off by default."""

    name = "event_logger"

    def __init__(self, settings: Settings) -> None:
        super().__init__(interval=_INTERVAL, enabled=settings.server.services.event_logger.enabled)
        self._events, self._lines = Tail("event"), Tail("log")
        self._read_up_to: int | None = None

    def run_once(self, turn: Pass) -> int | None:
        """Log what came in since the last pass; the first one only looks where the end is."""
        if self._read_up_to is None:
            self._read_up_to, _ = turn.store.live_ends(self._events, self._lines)
            return None
        found, self._read_up_to = turn.store.follow_events(self._events, self._read_up_to, limit=_BATCH)
        for _, event in found:
            logger.info("%s: %s of %s at %s", event.id, event.event, event.resource[RESOURCE_ID], event.occurred)
        return turn.now if len(found) == _BATCH else None
