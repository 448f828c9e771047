"""Task runs whose result may come from the cache, or that take part in a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.engine.calls import TaskCall


def concerns(call: TaskCall) -> bool:
    """Whether this call persists its result, has a cache key, or stands in a transaction."""
    return False
