"""Whether somebody is there: workers by their heartbeats, queues and deployments by when somebody last asked for runs.

Nothing here is remembered: what was last heard, and now, is all that counts. Times are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SECOND_US: Final = 1_000_000
#: What a worker may tell as its interval at most, in seconds; more is as good as never.
_LONGEST_INTERVAL: Final = 10**9


@dataclass(frozen=True, slots=True)
class Patience:
    """How long silence may last, in seconds. The defaults are those of the settings ``server.services.foreman``."""

    #: Between heartbeats of a worker that does not tell its own interval.
    heartbeat_interval: float = 30
    #: So many intervals may pass without a heartbeat.
    heartbeat_multiple: int = 3
    queue: float = 60
    deployment: float = 60


def online_until(heartbeat: int, interval: float | None, patience: Patience) -> int:
    """Until when a worker counts as there that sent a heartbeat just then, and means to every ``interval`` seconds."""
    every = patience.heartbeat_interval if interval is None else interval
    every = max(0, min(every, _LONGEST_INTERVAL))
    return heartbeat + round(every * patience.heartbeat_multiple * _SECOND_US)


def was_polled(last_polled: int | None, now: int, seconds: float) -> bool:
    """Whether somebody asked for runs within the last ``seconds``."""
    return last_polled is not None and last_polled >= now - round(seconds * _SECOND_US)
