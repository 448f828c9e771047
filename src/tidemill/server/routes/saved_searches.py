"""Saved searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import saved_searches as operations
from tidemill.domain.states import from_us
from tidemill.server.calls import Answer
from tidemill.server.serving import Routes
from tidemill.wire.saved_searches import SavedSearch, SavedSearchCreate

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()


@routes.serves(operations.CREATE_SAVED_SEARCH)
def create_saved_search(call: Call, body: SavedSearchCreate) -> Answer:
    """Save a search, in place of the one that has its name."""
    now = from_us(call.now)
    search = SavedSearch(id=call.new_id(), name=body.name, filters=body.filters, created=now, updated=now)
    saved, new = call.store.save_search(search, call.now)
    return Answer(saved, status=201 if new else 200)


@routes.serves(operations.READ_SAVED_SEARCHES)
def read_saved_searches(call: Call, body: operations.ReadSavedSearches) -> list[SavedSearch]:
    """Saved searches, by name."""
    return call.store.saved_searches(limit=call.limit(body.limit), offset=body.offset)


@routes.serves(operations.READ_SAVED_SEARCH)
def read_saved_search(call: Call, id: str) -> SavedSearch:  # noqa: A002 - the path's name for it
    """A saved search."""
    return call.store.read_saved_search(id)


@routes.serves(operations.DELETE_SAVED_SEARCH)
def delete_saved_search(call: Call, id: str) -> None:  # noqa: A002 - the path's name for it
    """Delete a saved search."""
    call.store.delete_saved_search(id)
