"""What can be asked about saved searches."""

from __future__ import annotations

from typing import Final

from tidemill.api.operation import Tag
from tidemill.wire.base import Limit, Offset, Wire
from tidemill.wire.saved_searches import SavedSearch, SavedSearchCreate


class ReadSavedSearches(Wire):
    """What is sent to ``/saved_searches/filter``."""

    limit: Limit | None = None
    offset: Offset = 0


_tagged: Final = Tag("SavedSearches")

CREATE_SAVED_SEARCH: Final = _tagged.put(
    "/saved_searches/",
    "create_saved_search",
    permission="saved_searches:write",
    body=SavedSearchCreate,
    answer=SavedSearch,
    also=(201,),
)
READ_SAVED_SEARCHES: Final = _tagged.post(
    "/saved_searches/filter",
    "read_saved_searches",
    permission="saved_searches:read",
    body=ReadSavedSearches,
    body_required=False,
    answer=list[SavedSearch],
    writes=False,
)
DELETE_SAVED_SEARCH: Final = _tagged.delete(
    "/saved_searches/{id:uuid}", "delete_saved_search", permission="saved_searches:write", status=204, refuses=(404,)
)
READ_SAVED_SEARCH: Final = _tagged.get(
    "/saved_searches/{id:uuid}",
    "read_saved_search",
    permission="saved_searches:read",
    answer=SavedSearch,
    refuses=(404,),
)
