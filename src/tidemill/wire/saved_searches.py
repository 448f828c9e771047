"""Saved searches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tidemill.wire.base import Body, Id, Wire


class SavedSearchFilter(Wire):
    """One condition of a saved search."""

    object: str
    operation: str
    property: str
    type: str
    value: Any


class SavedSearch(Wire):
    """A saved search, as it is answered."""

    id: Id
    name: str
    created: datetime | None = None
    filters: list[SavedSearchFilter] = []
    updated: datetime | None = None


class SavedSearchCreate(Body):
    """What a saved search is made from."""

    name: str
    filters: list[SavedSearchFilter] = []
