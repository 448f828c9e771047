"""When a pool of threads should let more of them work: a decision made tick by tick, from what the last tick saw.

Threads that fight over the GIL take longer for the same work than one alone, and look just like threads that wait. So a
pool begins with one, and whether more would help is read off three facts: whether jobs wait, whether any was taken, and
whether the process computed meanwhile.

- None was taken and little was computed: the threads sleep or wait for a network. Double them.
- None was taken though the process computed: a long computation, which may or may not leave the GIL to others. A few
  threads come after some ticks, more only after many.
- Jobs are taken but the process computes little: short waits. Double the threads for as long as that makes it faster.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

_FEW: Final = (os.cpu_count() or 1) + 2
#: How long to look on for one tick.
TICK_SECONDS: Final = 0.002
_WAITING_TICKS: Final = 2
_COMPUTING_TICKS: Final = 10
_COMPUTING_TICKS_BEYOND_FEW: Final = 50
_QUIET_TICKS: Final = 25
_WINDOW_TICKS: Final = 10
_FASTER: Final = 1.3


@dataclass(frozen=True, slots=True)
class Tick:
    """What two looks saw: jobs that wait or were taken, threads at work, seconds that went by and were computed."""

    waiting: int
    taken: int
    working: int
    seconds: float
    computed: float


class Growth:
    """The decisions for one spell of work; a new spell begins anew."""

    def __init__(self) -> None:
        self._quiet = 0
        self._stall: list[Tick] = []
        self._window: list[Tick] = []
        self._rate_when_grown = 0.0

    @property
    def over(self) -> bool:
        """Whether no job has waited for so long that nobody need look on."""
        return self._quiet >= _QUIET_TICKS

    def after(self, tick: Tick) -> int:
        """How many more threads should work."""
        if not tick.waiting:
            self._quiet += 1
            self._start_again()
            return 0
        self._quiet = 0
        more = self._when_none_was_taken(tick) if not tick.taken else self._when_some_were(tick)
        if more:
            self._start_again()
        return min(more, tick.waiting)

    def _start_again(self) -> None:
        self._stall = []
        self._window = []

    def _when_none_was_taken(self, tick: Tick) -> int:
        self._stall.append(tick)
        if not _computes(self._stall):
            enough = _WAITING_TICKS
        elif tick.working < _FEW:
            enough = _COMPUTING_TICKS
        else:
            enough = _COMPUTING_TICKS_BEYOND_FEW * (tick.working // _FEW)  # until each thread must have had its turn
        return _step(tick.working) if len(self._stall) >= enough else 0

    def _when_some_were(self, tick: Tick) -> int:
        self._stall = []
        self._window.append(tick)
        if len(self._window) < _WINDOW_TICKS:
            return 0
        window, self._window = self._window, []
        rate = sum(tick.taken for tick in window) / sum(tick.seconds for tick in window)
        if _computes(window) or rate < _FASTER * self._rate_when_grown:
            return 0
        self._rate_when_grown = rate
        return _step(tick.working)


def _step(working: int) -> int:
    return _FEW - working if working < _FEW else working


def _computes(ticks: list[Tick]) -> bool:
    return sum(tick.computed for tick in ticks) >= sum(tick.seconds for tick in ticks) / 2
