"""How many runs each queue of a work pool may hand out: by priority, within the limits of the pool and of queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue of a pool. ``busy``: how many of its runs take a slot (they are pending, running or being cancelled)."""

    id: str
    priority: int
    busy: int
    limit: int | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class PoolNow:
    """A pool with all its queues, those that are not asked for included: their runs take its slots too."""

    busy: int
    limit: int | None = None
    paused: bool = False


def may_hand_out(pool: PoolNow, most: int) -> int:
    """How many runs may leave the pool at once, of ``most`` that are wanted."""
    if pool.paused:
        return 0
    return most if pool.limit is None else max(0, min(most, pool.limit - pool.busy))


def in_order(queues: Iterable[QueueNow], most: int) -> list[tuple[str, int]]:
    """Which queues to look into, first things first, and how many runs each may give of ``most``.

    Those that may give none are left out. The sum may be more than ``most``: who asks stops when there are enough.
    """
    found = []
    for queue in sorted(queues, key=lambda queue: (queue.priority, queue.id)):
        left = most if queue.limit is None else min(most, queue.limit - queue.busy)
        if not queue.paused and left > 0:
            found.append((queue.id, left))
    return found
