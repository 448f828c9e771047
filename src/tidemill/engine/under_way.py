"""Async calls that a run's body began and that may outlast it: ``gather`` gives up at the first failure.

A retry makes the same calls again, so it waits for those of the attempt before: else a call would run twice at once.
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from tidemill.engine.effects import WaitFor

if TYPE_CHECKING:
    from concurrent.futures import Future as ConcurrentFuture

    from tidemill.engine.context import RunContext
    from tidemill.engine.effects import Steps

logger = logging.getLogger("tidemill.engine")


class UnderWay:
    """Counts the calls of one run, and its calls that are over but left others behind. Safe in any loop and thread."""

    __slots__ = ("_around", "_changing", "_none_left", "count")

    def __init__(self, around: UnderWay | None) -> None:
        self.count = 0
        self._around = around
        self._changing = Lock()
        self._none_left: ConcurrentFuture[None] | None = None

    def begin(self) -> None:
        """One more."""
        with self._changing:
            self.count += 1
            if self.count == 1 and self._around is not None:
                self._around.begin()

    def end(self) -> None:
        """One less."""
        with self._changing:
            self.count -= 1
            if self.count:
                return
            if self._around is not None:
                self._around.end()
            waited, self._none_left = self._none_left, None
        if waited is not None:
            waited.set_result(None)

    def none_left(self) -> ConcurrentFuture[None] | None:
        """Done once all calls are over; ``None`` where they are."""
        from concurrent.futures import Future as ConcurrentFuture  # noqa: PLC0415 - few runs leave calls behind

        with self._changing:
            if not self.count:
                return None
            self._none_left = ConcurrentFuture()
            return self._none_left


def of(context: RunContext) -> UnderWay:
    """The calls of this run."""
    found: UnderWay | None = getattr(context, "under_way", None)
    if found is None:
        around = of(context.parent) if context.parent is not None else None
        with context.runtime.counting:
            found = getattr(context, "under_way", None)
            if found is None:
                found = context.under_way = UnderWay(around)
    return found


def finish_before_retry(context: RunContext) -> Steps[bool]:
    """Wait for the calls that the attempt has left behind; false where there were none."""
    calls: UnderWay | None = getattr(context, "under_way", None)
    none_left = calls.none_left() if calls is not None else None
    if calls is None or none_left is None:
        return False
    logger.info("%d calls of this attempt still run; the retry waits.", calls.count, extra={"run_context": context})
    from tidemill.engine.waiting import Waitable  # noqa: PLC0415 - as above; threads of submitted calls stand on runs

    yield WaitFor([Waitable(none_left)])
    return True
