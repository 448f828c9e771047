"""Saved searches: filters that somebody gave a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store.access.base import Access
from tidemill.store.errors import MissingError
from tidemill.store.tables import Table
from tidemill.wire.saved_searches import SavedSearch

if TYPE_CHECKING:
    from tidemill.store.session import Session

_SEARCHES: Final = Table("saved_search", SavedSearch)


class SavedSearches(Access):
    """Making, reading and replacing saved searches."""

    def save_search(self, search: SavedSearch, now: int) -> tuple[SavedSearch, bool]:
        """As it is kept, and whether it is new; else it takes the place of the filters of the one of its name."""
        with self._connections.writing() as session:
            if _SEARCHES.insert(session, search, unless="workspace_id, name"):
                return search, True
            known = _one(session, "name", search.name)
            _SEARCHES.update(session, known.id, {"filters": search.filters}, updated_us=now)
            return _one(session, "id", known.id), False

    def read_saved_search(self, id_: str) -> SavedSearch:
        """Raises MissingError if there is none."""
        with self._connections.reading() as session:
            return _one(session, "id", id_)

    def saved_searches(self, *, limit: int, offset: int = 0) -> list[SavedSearch]:
        """All of them, by name."""
        page = {"limit": limit, "offset": offset}
        with self._connections.reading() as session:
            return _SEARCHES.read(session, "true ORDER BY saved_search.name LIMIT :limit OFFSET :offset", page)

    def delete_saved_search(self, id_: str) -> None:
        """Raises MissingError if there is none."""
        with self._connections.writing() as session:
            if not _SEARCHES.delete(session, id_):
                raise _missing(id_)


def _one(session: Session, column: str, value: str) -> SavedSearch:
    found = _SEARCHES.one(session, f"saved_search.{column} = :value", {"value": value})
    if found is None:
        raise _missing(value)
    return found


def _missing(handle: str) -> MissingError:
    return MissingError(f"no saved search '{handle}'")
