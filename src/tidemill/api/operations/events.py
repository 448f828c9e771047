"""What can be asked about events."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import Wire
from tidemill.wire.events import Event, EventCount, EventFilter, EventPage
from tidemill.wire.states import TimeUnit


class CountAccountEvents(Wire):
    """What is sent to ``/events/count-by/{countable}``."""

    filter: EventFilter
    time_interval: Annotated[float, Meta(ge=0.01)] = 1.0
    time_unit: TimeUnit = TimeUnit("day")


class ReadEvents(Wire):
    """What is sent to ``/events/filter``."""

    filter: EventFilter | None = None
    limit: Annotated[int, Meta(ge=0, le=50)] = 50


class ReadAccountEventsPageQuery(Wire):
    """What is sent to ``/events/filter/next``."""

    page_token: str


_tagged: Final = Tag("Events")

CREATE_EVENTS: Final = _tagged.post(
    "/events",
    "create_events",
    permission="events:write",
    body=list[Event],
    status=204,
    most_bytes=64 * 1024 * 1024,
    forgiving=True,
)
COUNT_ACCOUNT_EVENTS: Final = _tagged.post(
    "/events/count-by/{countable}",
    "count_account_events",
    permission="events:read",
    body=CountAccountEvents,
    answer=list[EventCount],
    writes=False,
)
READ_EVENTS: Final = _tagged.post(
    "/events/filter",
    "read_events",
    permission="events:read",
    body=ReadEvents,
    body_required=False,
    answer=EventPage,
    writes=False,
)
READ_ACCOUNT_EVENTS_PAGE: Final = _tagged.get(
    "/events/filter/next",
    "read_account_events_page",
    permission="events:read",
    answer=EventPage,
    refuses=(403,),
    query=ReadAccountEventsPageQuery,
)
