"""How many events there were of each kind."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.events import RESOURCE_ID as ID_LABEL
from tidemill.domain.events import RESOURCE_NAME
from tidemill.domain.states import from_us, to_us
from tidemill.store.asking import all_rows
from tidemill.store.event_filters import narrowed
from tidemill.store.event_resources import ABOUT
from tidemill.store.event_rows import EVENT_FROM
from tidemill.store.events import every
from tidemill.wire.events import Countable, EventCount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tidemill.store.session import Session
    from tidemill.wire.events import EventFilter, ReceivedEvent

#: What is counted, how often, when first and last, and what it is called.
_Tally = tuple[Any, int, int, int, str | None]

_NAME: Final = (
    f"max(coalesce(@get(event.resource, '{RESOURCE_NAME}', text), task_run.name, flow_run.name, event.resource_id))"
)
#: Of the interval in which an event happened.
_NUMBER: Final = "(event.occurred_us - :tally_since) / :tally_interval"


def tally(
    session: Session, wanted: EventFilter, by: Countable, since: int, until: int, interval_us: int
) -> list[EventCount]:
    """By name or resource, the most frequent first; by time, every interval from ``since`` on, empty ones too."""
    if by is Countable.EVENT:
        return [_counted(row, row[0]) for row in _tallies(session, wanted, "event.name", lambda one: one.event)]
    if by is Countable.RESOURCE:
        found = _tallies(session, wanted, ABOUT, lambda one: one.resource.get(ID_LABEL, ""))
        return [_counted(row, row[4] or row[0]) for row in found]
    intervals_of = {"tally_since": since, "tally_interval": interval_us}
    found = _tallies(session, wanted, _NUMBER, lambda one: (to_us(one.occurred) - since) // interval_us, intervals_of)
    counts = {int(row[0]): row[1] for row in found}
    intervals = max(1, -(-(until - since) // interval_us))
    return [_interval(place, since + place * interval_us, interval_us, counts) for place in range(intervals)]


def _tallies(
    session: Session,
    wanted: EventFilter,
    column: str,
    key: Callable[[ReceivedEvent], Any],
    bindings: Mapping[str, int] = MappingProxyType({}),
) -> Iterable[_Tally]:
    conditions = narrowed(session, wanted)
    if not conditions.exact:
        return _by_hand(every(session, wanted), key)
    sql = f"""
        SELECT {column}, count(*), min(event.occurred_us), max(event.occurred_us), {_NAME} FROM {EVENT_FROM}
        WHERE {conditions.where} GROUP BY 1 ORDER BY 2 DESC, 1
    """
    return all_rows(session, sql, {**conditions.bindings, **bindings})


def _by_hand(events: Iterable[ReceivedEvent], key: Callable[[ReceivedEvent], Any]) -> list[_Tally]:
    found: dict[Any, list[ReceivedEvent]] = {}
    for one in events:
        found.setdefault(key(one), []).append(one)
    tallies = []
    for what, some in found.items():
        moments = [to_us(one.occurred) for one in some]
        tallies.append((what, len(some), min(moments), max(moments), some[-1].resource.get(RESOURCE_NAME)))
    return sorted(tallies, key=lambda tally: (-tally[1], tally[0]))


def _counted(tally: _Tally, label: str) -> EventCount:
    what, count, first, last, _ = tally
    return EventCount(count=count, end_time=from_us(last), label=label, start_time=from_us(first), value=what)


def _interval(place: int, start: int, length: int, counts: dict[int, int]) -> EventCount:
    begins = from_us(start)
    return EventCount(
        count=counts.get(place, 0),
        end_time=from_us(start + length - 1),
        label=begins.isoformat(),
        start_time=begins,
        value=str(place),
    )
