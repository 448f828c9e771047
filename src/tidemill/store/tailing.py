"""Following a table that grows, by its ``seq``, without passing over a row.

On PostgreSQL a ``seq`` is handed out before its transaction commits, so a row may come to light behind one that has a
greater number: who had read up to that one would never see it. So a follower reads no further than a number of which it
is sure. Every number up to the last one handed out, as read at some moment, belongs to a transaction that had begun by
then; once the oldest transaction that is still at work is a later one, they are all there to be seen, or never will be.

On SQLite one transaction writes at a time, and what can be seen is sure at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.asking import all_rows, scalar

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
        self._asked_at = 0

    def sure(self, session: Session) -> int:
        """The greatest number up to which no row will come to light any more.

        It is behind what is there by as long as the oldest transaction that writes has been at work.
        """
        last = scalar(session, self._handed_out)  # first, and in a statement of its own: each looks at its own moment
        ((oldest, following),) = all_rows(session, "SELECT @oldest_at_work(), @next_to_work()")
        if oldest >= self._asked_at:
            self._sure, self._asked, self._asked_at = self._asked, last, following
        if oldest >= following:
            self._sure = last
        return self._sure
