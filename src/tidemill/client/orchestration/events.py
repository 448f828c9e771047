"""Events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from tidemill.api.operations import events as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.events import EventPage

if TYPE_CHECKING:
    from tidemill.system.asking import Asking

#: What servers of this API answer in one page.
_MOST: Final = 50


class EventMethods(Asker):
    """What can be asked about events."""

    @method
    def read_events(self, filter: Any | None = None, limit: int = 100) -> Asking[EventPage]:  # noqa: A002 - the contract's name
        """The newest events that a filter finds, in pages of 50 at most; ``get_next_page`` of the answer goes on."""
        body = given(filter=filter, limit=min(limit, _MOST))
        return (yield from self._ask(operations.READ_EVENTS, EventPage, body))

    @method
    def read_events_page(self, next_page_url: str) -> Asking[EventPage]:
        """The page behind the ``next_page`` of another."""
        query = dict(httpx.URL(next_page_url).params)
        return (yield from self._ask(operations.READ_ACCOUNT_EVENTS_PAGE, EventPage, query=query))
