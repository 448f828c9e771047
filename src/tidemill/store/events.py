"""Events: taking in what is told, finding, counting, following."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.events import RESOURCE_ID as ID_LABEL
from tidemill.domain.events import RESOURCE_ROLE
from tidemill.domain.states import to_us
from tidemill.store.asking import all_rows, scalar
from tidemill.store.event_filters import narrowed
from tidemill.store.event_matching import matches, newest_first
from tidemill.store.event_rows import EVENT_COLUMNS, EVENT_FROM, event
from tidemill.store.fields import bound
from tidemill.store.tailing import span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from tidemill.store.event_filters import Narrowed
    from tidemill.store.session import Session
    from tidemill.wire.events import Event, EventFilter, ReceivedEvent, ToldEvent

#: Where in the order an event stands: when it occurred, and its ``seq``.
Place = tuple[int, int]

_TELL: Final = """
INSERT INTO event (id, name, occurred_us, received_us, follows, resource_id, resource, related, payload)
SELECT @field(told, $[0], text), @field(told, $[1], text), @field(told, $[2], int), :now, @field(told, $[3], text),
    @field(told, $[4], text), @field(told, $[5], json), @field(told, $[6], json), @field(told, $[7], json)
FROM @each(:told, told) WHERE true ORDER BY @place(told)
ON CONFLICT (workspace_id, id) WHERE id IS NOT NULL DO NOTHING
"""
_TELL_WHICH: Final = f"{_TELL} RETURNING id, seq"
_RELATE: Final = """
INSERT INTO event_related (resource_id, event, role)
SELECT DISTINCT @field(told, $[1], text), @field(told, $[0], int), @field(told, $[2], text)
FROM @each(:related, told) WHERE true ON CONFLICT DO NOTHING
"""
_KNOWN: Final = "SELECT id FROM event WHERE workspace_id = 1 AND id IN @listed(:ids)"
#: What SQL cannot tell is looked for in pages, from the first of so many to the last.
_PAGE: Final = 500
_LARGEST_PAGE: Final = 4_000


def unknown(session: Session, told: Sequence[ToldEvent | Event]) -> list[ToldEvent | Event]:
    """Those that were not told before, each once."""
    ids = [str(one.id).lower() for one in told]
    known = {id_ for (id_,) in all_rows(session, _KNOWN, {"ids": bound(ids)})}
    new = {id_: one for id_, one in zip(ids, told, strict=True) if id_ not in known}
    return list(new.values())


def tell(session: Session, told: Sequence[ToldEvent | Event], now: int) -> int:
    """Keep events as they were told, in this order; one that is there already stays as it is. Returns how many came."""
    if not told:
        return 0
    rows = [_row(one) for one in told]
    given = {"told": bound(rows), "now": now}
    if not any(one.related for one in told):
        session.execute(_TELL, given)
        return session.changes()
    new: dict[str, int] = dict(all_rows(session, _TELL_WHICH, given))
    count = len(new)
    related = [
        (seq, other.get(ID_LABEL, ""), other.get(RESOURCE_ROLE, ""))
        for one in told
        if (seq := new.pop(str(one.id).lower(), None)) is not None
        for other in one.related
    ]
    if related:
        session.execute(_RELATE, {"related": bound(related)})
    return count


def _row(one: ToldEvent | Event) -> tuple[Any, ...]:
    """As ``_TELL`` reads it."""
    about = one.resource.get(ID_LABEL, "")
    follows = None if one.follows is None else _as_kept(one.follows)
    return _as_kept(one.id), one.event, to_us(one.occurred), follows, about, one.resource, one.related, one.payload


def _as_kept(id_: UUID | str) -> UUID | str:
    """A UUID becomes text with all the rest, ten times faster than by itself."""
    return id_.lower() if isinstance(id_, str) else id_


def find(
    session: Session, wanted: EventFilter, limit: int, after: Place | None = None, upto: int | None = None
) -> tuple[list[ReceivedEvent], Place | None]:
    """Those behind a place in the filter's order, and the place of the last if there are more behind it.

    ``upto``: the greatest ``seq`` that may be among them.
    """
    conditions = narrowed(session, wanted)
    if upto is not None:
        behind = f"event.seq <= {conditions.bindings.bind(upto)}"
        conditions = conditions._replace(where=f"({conditions.where}) AND {behind}")
    found: list[tuple[Place, ReceivedEvent]] = []
    for one in _in_order(session, wanted, conditions, limit + 1, after):
        found.append(one)
        if len(found) > limit:
            return [event for _, event in found[:limit]], found[limit - 1][0] if limit else after
    return [event for _, event in found], None


def count(session: Session, wanted: EventFilter) -> int:
    """How many there are."""
    conditions = narrowed(session, wanted)
    if not conditions.exact:
        return sum(1 for _ in every(session, wanted))
    tables = EVENT_FROM if conditions.joined else "event"
    return int(scalar(session, f"SELECT count(*) FROM {tables} WHERE {conditions.where}", conditions.bindings))


def every(session: Session, wanted: EventFilter) -> Iterator[ReceivedEvent]:
    """All of them, read in pages."""
    return (one for _, one in _in_order(session, wanted, narrowed(session, wanted), None, None))


def _in_order(
    session: Session, wanted: EventFilter, conditions: Narrowed, limit: int | None, after: Place | None
) -> Iterator[tuple[Place, ReceivedEvent]]:
    distinct = wanted.resource is not None and wanted.resource.distinct
    if conditions.exact and limit is not None:
        yield from _page(session, wanted, conditions, after, limit)
        return
    seen: set[str] = set()
    place, size = None if distinct else after, _PAGE
    while True:
        page = _page(session, wanted, conditions, place, size)
        for place, one in page:
            if not matches(one, wanted) or (distinct and one.resource[ID_LABEL] in seen):
                continue
            seen.add(one.resource[ID_LABEL])
            if not distinct or after is None or _behind(place, after, wanted):
                yield place, one
        if len(page) < size:
            return
        size = min(2 * size, _LARGEST_PAGE)


def _behind(place: Place, after: Place, wanted: EventFilter) -> bool:
    return place < after if newest_first(wanted) else place > after


def _page(
    session: Session, wanted: EventFilter, conditions: Narrowed, after: Place | None, limit: int
) -> list[tuple[Place, ReceivedEvent]]:
    down = newest_first(wanted)
    bindings: dict[str, Any] = dict(conditions.bindings) | {"limit": limit}
    where = conditions.where
    if after is not None:
        where += f" AND (event.occurred_us, event.seq) {'<' if down else '>'} (:occurred, :seq)"
        bindings |= {"occurred": after[0], "seq": after[1]}
    direction = "DESC" if down else "ASC"
    order = f"ORDER BY event.occurred_us {direction}, event.seq {direction} LIMIT :limit"
    rows = all_rows(session, f"SELECT {EVENT_COLUMNS} FROM {EVENT_FROM} WHERE {where} {order}", bindings)
    return [((row[2], row[0]), event(row)) for row in rows]


_BEHIND: Final = "event.seq > :after AND event.seq <= :sure ORDER BY event.seq LIMIT :limit"
_SIZES: Final = f"""
SELECT event.seq, length(coalesce(event.payload, '')) + length(coalesce(event.related, '')) FROM event WHERE {_BEHIND}
"""
_FOLLOW: Final = f"SELECT {EVENT_COLUMNS} FROM {EVENT_FROM} WHERE {_BEHIND}"


def follow(
    session: Session, after: int, sure: int, limit: int, most_bytes: int
) -> tuple[list[tuple[int, ReceivedEvent]], int]:
    """What came in behind a ``seq``, up to the one that is sure, each with its own; and from which to go on."""
    bindings = {"after": after, "sure": sure, "limit": limit}
    found = span(session, _SIZES, bindings, after=after, sure=sure, limit=limit, most_bytes=most_bytes)
    if found.upto == after:
        return [], found.then
    rows = all_rows(session, _FOLLOW, bindings | {"sure": found.upto})
    return [(row[0], event(row)) for row in rows], found.then
