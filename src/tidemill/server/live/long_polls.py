"""Questions whose answer may be awaited: asked again when somebody has written, until it is another or time is over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tidemill.server.live.feeds import happens

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.server.calls import Answer
    from tidemill.server.live.feeds import Growth
    from tidemill.system.clock import Clock

    Tell = Callable[[Answer], None]
    Ask = Callable[[Tell], None]

#: However much is written, no question is asked again sooner, and all together not more often than a thousand a second.
_SPACING_SECONDS: Final = 0.05
_MOST_A_SECOND: Final = 1000
#: Who waits looks again after so long, even if nobody woke it.
_AT_LEAST_EVERY_SECONDS: Final = 5.0


class LongPolls:
    """All that wait at a server. Its methods are for the loop's thread."""

    def __init__(self, growth: Growth, clock: Clock) -> None:
        self._growth = growth
        self._clock = clock
        self._waiting: set[asyncio.Task[None]] = set()

    def wait(self, ask: Ask, tell: Tell) -> None:
        """Ask, and tell the first answer that is not to be awaited (``Answer.again_within``), or the last in time."""
        waiting = asyncio.get_running_loop().create_task(self._wait(ask, tell), name="tidemill-long-poll")
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)

    async def close(self) -> None:
        """Tell everybody what is known. Growth is closed by then, so that nobody waits on."""
        await asyncio.gather(*self._waiting)

    async def _wait(self, ask: Ask, tell: Tell) -> None:
        until: float | None = None
        while True:
            grown = self._growth.next()
            answer = await _answer(ask)
            if answer.again_within is None:
                break
            until = self._clock.monotonic() + answer.again_within if until is None else until
            left = until - self._clock.monotonic()
            if left <= 0 or self._growth.closed:
                break
            await happens(grown, min(left, _AT_LEAST_EVERY_SECONDS))
            await self._clock.asleep(max(_SPACING_SECONDS, len(self._waiting) / _MOST_A_SECOND))
        tell(answer)


async def _answer(ask: Ask) -> Answer:
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    ask(lambda answer: None if answered.cancelled() else answered.set_result(answer))
    return await answered
