"""Events in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import event_tallies, events, told_task_runs
from tidemill.store.access.base import Access
from tidemill.store.tailing import PAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.store.events import Place
    from tidemill.store.tailing import Tail
    from tidemill.wire.events import Countable, Event, EventCount, EventFilter, ReceivedEvent, ToldEvent


class Events(Access):
    """What happened, to whom, in the order in which it was taken in."""

    def take_events(self, told: Sequence[ToldEvent | Event], now: int) -> int:
        """Take in events in this order, and bring task runs up to what they say, in one transaction.

        Those that were told before are passed over; returns how many were not.
        """
        with self._connections.writing() as session:
            if not told_task_runs.may_be_among(told):
                return events.tell(session, told, now)
            new = events.unknown(session, told)
            events.tell(session, told_task_runs.take(session, new, now), now)
            return len(new)

    def find_events(
        self, wanted: EventFilter, *, limit: int, after: Place | None = None, upto: int | None = None
    ) -> tuple[list[ReceivedEvent], Place | None]:
        """A page in the filter's order, and the place behind which the next one begins; None where this is the last.

        ``upto``: of those that came in up to that ``seq``. What SQL cannot tell (words in a text above all) is looked
        for page by page, to the last event if need be.
        """
        with self._connections.reading() as session:
            return events.find(session, wanted, limit, after, upto)

    def count_events(self, wanted: EventFilter) -> int:
        """How many there are."""
        with self._connections.reading() as session:
            return events.count(session, wanted)

    def tally_events(
        self, wanted: EventFilter, by: Countable, *, since: int, until: int, interval_us: int
    ) -> list[EventCount]:
        """Counted by name or resource, the most frequent first, or by intervals of time, in order."""
        with self._connections.reading() as session:
            return event_tallies.tally(session, wanted, by, since, until, interval_us)

    def follow_events(
        self, tail: Tail, after: int, *, limit: int, most_bytes: int = PAGE_BYTES
    ) -> tuple[list[tuple[int, ReceivedEvent]], int]:
        """What came in behind a position, each event with its own, and the position to go on from."""
        with self._connections.reading() as session:
            return events.follow(session, after, tail.sure(session), limit, most_bytes)

    def live_ends(self, of_events: Tail, of_lines: Tail) -> tuple[int, int]:
        """The positions behind all events and all log lines."""
        with self._connections.reading() as session:
            return of_events.sure(session), of_lines.sure(session)
