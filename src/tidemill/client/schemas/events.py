"""Pages of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.client.schemas.shape import Shape
from tidemill.wire import events

if TYPE_CHECKING:
    from tidemill.client.orchestration import SyncTidemillClient, TidemillClient


class EventPage(Shape, events.EventPage):
    """A page of events, and where the next one is."""

    async def get_next_page(self, client: TidemillClient) -> EventPage | None:
        """The page after this one; None after the last."""
        return await client.read_events_page(self.next_page) if self.next_page else None

    def get_next_page_sync(self, client: SyncTidemillClient) -> EventPage | None:
        """As ``get_next_page``."""
        return client.read_events_page(self.next_page) if self.next_page else None
