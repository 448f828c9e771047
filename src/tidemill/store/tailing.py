"""Following a table that grows, by its ``seq``, without passing over a row.

On PostgreSQL a ``seq`` is handed out before its transaction commits, so a row may come to light behind one that has a
greater number: who had read up to that one would never see it. So a follower reads no further than a number of which it
is sure. All numbers up to the last one handed out belong to transactions that have numbers themselves by then, smaller
ones than the next to be given. Once no transaction with a smaller number is at work, all these rows are there to be
seen, or never will be.

On SQLite one transaction writes at a time, and what can be seen is sure at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.asking import scalar

if TYPE_CHECKING:
    from tidemill.store.session import Session


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
