"""The guard, as conversations on the event loop ask it: what it has not at hand is looked up in another thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tidemill.server.auth.hosts import OriginVerdict
from tidemill.server.auth.key_book import NotAtHandError
from tidemill.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from tidemill.domain.permissions import Actor, Needed
    from tidemill.server.auth.facts import Facts
    from tidemill.server.auth.guard import Guard
    from tidemill.server.auth.refusal import Refusal
    from tidemill.server.work import Work
    from tidemill.system.clock import Clock


class Gate:
    """Lets peers of sockets and streams in, and sees whether they may stay. Its methods are for the loop's thread."""

    def __init__(self, guard: Guard, work: Work, clock: Clock) -> None:
        self._guard = guard
        self._at_hand = guard.at_hand()
        self._work = work
        self._clock = clock

    def refuses_at_the_door(self, facts: Facts) -> bool:
        """Whether a socket is not even to be accepted."""
        return not isinstance(self._guard.at_the_door(facts), OriginVerdict)

    async def decide_socket(self, needed: Needed, facts: Facts, token: object) -> Actor | Refusal:
        """Who speaks, or why not. Raises StoreUnavailableError where the store does not say."""
        now = self._clock.now_us()
        try:
            return self._at_hand.decide_socket(needed, facts, token, now)
        except NotAtHandError:
            actor: Actor | Refusal = await self._work.promptly(
                partial(self._guard.decide_socket, needed, facts, token, now)
            )
            return actor

    async def holds(self, actor: Actor) -> bool:
        """Whether who was let in before would be let in still; while the store does not say, they would."""
        now = self._clock.now_us()
        try:
            return self._at_hand.holds(actor, now)
        except NotAtHandError:
            try:
                return bool(await self._work.promptly(partial(self._guard.holds, actor, now)))
            except StoreUnavailableError:
                return True
