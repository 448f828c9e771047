"""Following a table that grows, by its ``seq``, without passing over a row.

On PostgreSQL a ``seq`` is handed out before its transaction commits, so a row may come to light behind one that has a
greater number: who had read up to that one would never see it. So a follower reads no further than a number of which it
is sure. All numbers up to the last one handed out belong to transactions that have numbers themselves by then, smaller
ones than the next to be given. Once no transaction with a smaller number is at work, all these rows are there to be
seen, or never will be.

On SQLite one transaction writes at a time, and what can be seen is sure at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tidemill.store.asking import all_rows, scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.store.session import Session


#: A page of what is followed has no more bytes than this, or one row.
PAGE_BYTES: Final = 4 << 20


class Span(NamedTuple):
    """What of a table is read next: up to which ``seq``; from which to go on behind it."""

    upto: int
    then: int


def span(
    session: Session, sizes: str, bindings: Mapping[str, Any], *, after: int, sure: int, limit: int, most_bytes: int
) -> Span:
    """As many rows as there are behind ``after``, no more than ``limit`` and than ``most_bytes`` have room for.

    ``sizes`` selects ``seq`` and bytes of those that are meant, in order.
    """
    last, total = after, 0
    rows = all_rows(session, sizes, bindings)
    for place, (seq, size) in enumerate(rows):
        total += size
        if place and total > most_bytes:
            return Span(last, last)
        last = seq
    return Span(last, last if len(rows) == limit else max(after, sure))


class Tail:
    """How far a table may be followed. One for each follower, or one that several share; one thread at a time uses it.

    ``table`` has a ``seq`` that the database hands out. Read with ``seq > :after AND seq <= :sure``, in the order of
    ``seq``, and go on behind ``sure``, whether rows came or not.
    """

    def __init__(self, table: str) -> None:
        self._handed_out = f"SELECT @handed_out({table})"
        self._sure = 0
        self._asked = 0
        self._next_when_asked = 0

    @property
    def behind(self) -> bool:
        """Whether there may be rows beyond what was sure: then looking again soon pays."""
        return self._asked > self._sure

    def sure(self, session: Session) -> int:
        """The greatest number up to which no row will come to light any more.

        It is behind what is there by as long as the oldest transaction that writes has been at work. Where nothing
        was written since the last time, this is one small query.
        """
        # each in a statement of its own, since a statement sees one moment, and in this order
        last = scalar(session, self._handed_out)
        if self._asked > self._sure:
            self._look(session)
        if last > self._asked and self._asked == self._sure:
            self._asked = last
            self._next_when_asked = scalar(session, "SELECT @transaction_number()")
            self._look(session)
        return self._sure

    def _look(self, session: Session) -> None:
        if scalar(session, "SELECT @oldest_at_work()") >= self._next_when_asked:
            self._sure = self._asked
