"""What a server tells who waits for slots, so that it is not asked again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.engine.effects import Block, Outcome, WaitFor

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tidemill.engine.effects import Steps
    from tidemill.engine.slots import SlotDesk, Ticket
    from tidemill.store.watching import Hearing


class SlotNews:
    """For one who waits: that something about the limit in its way is another. Its ticket is called then."""

    def __init__(self, desk: SlotDesk, ticket: Ticket) -> None:
        self._desk = desk
        self._ticket = ticket
        self._limit: str | None = None
        self._hearing: Hearing | None = None
        self._coming: Future[Any] | None = None

    def wait(self, limit: str, seconds: float) -> Steps[bool | None]:
        """Wait for so many seconds at most: whether asking for slots may pay now; None where nobody tells.

        What is told is what is another than before the last time that slots were asked for.
        """
        if limit != self._limit:
            return (yield from self._begin(limit))
        if self._hearing is None:
            return None
        if self._coming is None:
            self._coming = self._hearing.begin()
            self._coming.add_done_callback(lambda _: self._ticket.call())
        calls = self._ticket.calls
        if not self._coming.done():
            yield WaitFor([self._ticket], seconds)
        if not self._coming.done():
            return self._ticket.calls != calls  # somebody of this process gave back
        coming, self._coming = self._coming, None
        if coming.exception() is None:
            return True
        self._limit = None
        return None

    def _begin(self, limit: str) -> Steps[bool | None]:
        """Learn how it stands. Slots are asked for once more before anything is waited for."""
        self._limit, self._coming = limit, None
        self._hearing = self._desk.hearing(limit)
        if self._hearing is None:
            return None
        outcome: Outcome[Any] = yield Block(self._hearing.ask)
        if outcome.raised is not None:
            self._limit = None
            return None
        if not self._hearing.tells:
            self._hearing = None
            return None
        return True
