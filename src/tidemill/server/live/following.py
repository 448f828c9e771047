"""What a follower of a filter is sent: first the past it asks for, then what comes, in order, each once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.states import from_us
from tidemill.server.live.feeds import happens
from tidemill.store.event_matching import matches
from tidemill.wire.events import EventOccurredFilter, EventOrder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tidemill.server.live.context import Live
    from tidemill.wire.events import EventFilter, ReceivedEvent
    from tidemill.wire.filters import LogFilter
    from tidemill.wire.logs import Log


async def events(live: Live, wanted: EventFilter, after: int) -> AsyncGenerator[tuple[int, list[ReceivedEvent]], None]:
    """Positions, and what came up to them; without events from time to time, so that whoever sends may say so."""
    while not live.feeds.growth.closed:
        grown = live.feeds.growth.next()
        page, after = await live.feeds.events(after)
        yield after, [event for _, event in page if matches(event, wanted)]
        if not page:
            await happens(grown, live.feeds.patience)


async def logs(live: Live, wanted: LogFilter | None, after: int) -> AsyncGenerator[tuple[int, list[Log]], None]:
    """As ``events``, for log lines."""
    while not live.feeds.growth.closed:
        grown = live.feeds.growth.next()
        page, after = await live.feeds.logs(after, wanted)
        yield after, [line for _, line in page]
        if not page:
            await happens(grown, live.feeds.patience)


async def past(live: Live, wanted: EventFilter, upto: int) -> AsyncGenerator[list[ReceivedEvent], None]:
    """What a filter asks for of what came in up to a position, as far back as a stream may begin: oldest first."""
    settings = live.settings.server.events
    reach = from_us(live.clock.now_us()) - settings.maximum_websocket_backfill
    since = reach if wanted.occurred.since is None else max(reach, wanted.occurred.since)
    occurred = EventOccurredFilter(since=since, until=wanted.occurred.until)
    asked = msgspec.structs.replace(wanted, occurred=occurred, order=EventOrder.ASC)
    place = None
    while True:
        page, place = await live.work.read(
            partial(live.store.find_events, asked, limit=settings.websocket_backfill_page_size, after=place, upto=upto)
        )
        yield page
        if place is None:
            return
