"""Pages of answers, counted from 1."""

from __future__ import annotations

from tidemill.wire.base import MOST


def pages(count: int, limit: int) -> int:
    """How many pages there are."""
    return -(-count // limit) if limit else 0


def passed_over(page: int, limit: int) -> int:
    """How many stand on the pages before this one."""
    return min((page - 1) * limit, MOST)
