"""Priorities of the queues of a work pool: no two are equal, and 1 comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def lowest_free(taken: Collection[int]) -> int:
    """The priority of a queue for which none was asked."""
    there = set(taken)
    priority = 1
    while priority in there:
        priority += 1
    return priority


def made_room(taken: Mapping[str, int], priority: int, *, for_queue: str = "") -> dict[str, int]:
    """The new priorities of queues that must step back so that ``priority`` is free for one.

    ``taken``: by queue id, what each has. Who stands in the way steps back by one, and so does whoever that one meets;
    behind the first gap nobody moves. What ``for_queue`` has itself is in nobody's way.
    """
    holders = {held: queue for queue, held in taken.items() if queue != for_queue}
    moved: dict[str, int] = {}
    while (queue := holders.get(priority)) is not None:
        priority += 1
        moved[queue] = priority
    return moved
