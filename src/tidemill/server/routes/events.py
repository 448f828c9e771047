"""Events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import events as operations
from tidemill.domain.events import complaint_about
from tidemill.domain.states import from_us, to_us
from tidemill.server.event_limits import limits_of
from tidemill.server.event_pages import PageToken
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.wire.events import Countable, EventCount, EventFilter, EventPage

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.events import Event

routes: Final = Routes()

_DAY_US: Final = 86_400 * 1_000_000
#: How far back is looked unless a filter says so.
_DAYS_BACK: Final = 180
_UNIT_US: Final = {
    "week": 7 * _DAY_US, "day": _DAY_US, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000
}  # fmt: skip
_MOST_INTERVALS: Final = 1000
_MOST_EVENTS: Final = 50


@routes.serves(operations.CREATE_EVENTS)
def create_events(call: Call, body: list[Event]) -> None:
    """Take in events."""
    limits = limits_of(call.settings)
    for place, event in enumerate(body):
        complaint = complaint_about(event.event, event.resource, event.related, limits)
        if complaint is not None:
            raise not_valid("body", complaint, place)
    call.store.take_events(body, call.now)


@routes.serves(operations.READ_EVENTS)
def read_events(call: Call, body: operations.ReadEvents) -> EventPage:
    """Events by filter, with the address of the next page."""
    wanted = _within_reach(call, body.filter or EventFilter())
    limit = _MOST_EVENTS if body.limit is None else body.limit
    if limit > _MOST_EVENTS:
        raise not_valid("body", f"expected at most {_MOST_EVENTS}, got {limit}", "limit")
    return _page(call, PageToken(filter=wanted, limit=limit, total=call.store.count_events(wanted)))


@routes.serves(operations.READ_ACCOUNT_EVENTS_PAGE)
def read_account_events_page(call: Call, query: operations.ReadAccountEventsPageQuery) -> EventPage:
    """The page that an address leads to."""
    token = PageToken.read(query.page_token)
    if token is None or token.limit > _MOST_EVENTS:
        raise Refusal(403, "Forbidden: this page token was not made here. Ask /events/filter again")
    return _page(call, token)


def _page(call: Call, token: PageToken) -> EventPage:
    events, place = call.store.find_events(token.filter, limit=token.limit, after=token.after)
    following = None if place is None else token.address(call, place)
    return EventPage(events=events, next_page=following, total=token.total)


@routes.serves(operations.COUNT_ACCOUNT_EVENTS)
def count_account_events(call: Call, body: operations.CountAccountEvents, countable: str) -> list[EventCount]:
    """How many there were of each name or resource, or in each interval of time."""
    try:
        by = Countable(countable)
    except ValueError as error:
        known = ", ".join(Countable)
        raise not_valid("path", f"expected one of {known}, got {countable[:64]!r}", "countable") from error
    wanted = _within_reach(call, body.filter)
    since, until = to_us(wanted.occurred.since or from_us(0)), to_us(wanted.occurred.until or from_us(call.now))
    interval = max(1, int(body.time_interval * _UNIT_US[body.time_unit]))
    if by in (Countable.DAY, Countable.TIME) and (until - since) // interval >= _MOST_INTERVALS:
        raise not_valid(
            "body",
            f"there would be more than {_MOST_INTERVALS} intervals: make them longer, or the time shorter",
            "time_interval",
        )
    return call.store.tally_events(wanted, by, since=since, until=until, interval_us=interval)


def _within_reach(call: Call, wanted: EventFilter) -> EventFilter:
    """With a beginning. There is no end: a client's clock may be ahead of ours."""
    occurred = wanted.occurred
    if occurred.since is None:
        occurred.since = from_us((call.now // _DAY_US - _DAYS_BACK) * _DAY_US)
    return wanted
