"""Pages: which of them is wanted, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tidemill.server.calls import Call

_MOST: Final = 2**62


@dataclass(frozen=True)
class Page:
    """One of the pages of something."""

    count: int
    limit: int
    page: int
    pages: int
    offset: int


def page_of(call: Call, limit: int | None, page: int, count: int) -> Page:
    """The page that is asked for, counted from 1."""
    size = call.limit(limit)
    pages = -(-count // size) if size else 0
    return Page(count, size, page, pages, min((page - 1) * size, _MOST))
