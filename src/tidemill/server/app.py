"""The application: a server's store with everything in front of it, from its start to its stop."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from tidemill.server.asgi import answer_request, live_through, raw_path_of
from tidemill.server.front import Front
from tidemill.server.gate import Gate
from tidemill.server.key_uses import KeyUses
from tidemill.server.live.context import Live
from tidemill.server.live.endpoints import converse
from tidemill.server.live.feeds import Feeds, Growth
from tidemill.server.live.long_polls import LongPolls
from tidemill.server.live.sockets import Socket
from tidemill.server.live.streams import stream
from tidemill.server.services.running import ServiceRunner
from tidemill.server.work import Work

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from tidemill.server.asgi import Receive, Scope, Send
    from tidemill.server.calls import Answer, Keeping
    from tidemill.server.front import Admitted, Head
    from tidemill.server.live.streams import Wanted
    from tidemill.server.services.service import Service
    from tidemill.settings import Settings
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock


class App:
    """Answers requests from a store, and runs services over it. Its methods are for one event loop's thread."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, keeping: Keeping, services: Sequence[Service] = ()
    ) -> None:
        self.front = Front(store, clock, settings, keeping)
        self._services = services
        self._runner: ServiceRunner | None = None
        self._store = store
        self._guard = keeping.guarded.guard
        self._keys = keeping.guarded.keys
        self._clock = clock
        self._settings = settings
        self._work: Work | None = None
        self._live: Live | None = None
        self._polls: LongPolls | None = None
        self._key_uses: KeyUses | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As servers that speak ASGI call it."""
        if scope["type"] == "http":
            await answer_request(self, scope, receive, send)
        elif scope["type"] == "lifespan":
            await live_through(self, receive, send)
        elif scope["type"] == "websocket":
            await self._converse(scope, receive, send)

    def start(self) -> None:
        """Begin to work. Called once, before any request."""
        growth = Growth(self._store.watch)
        self._work = work = Work(self._store, self._clock, growth.written)
        self._polls = LongPolls(growth, self._clock)
        self._key_uses = KeyUses(self._keys, self._store, work)
        feeds = Feeds(self._store, work, growth)
        gate = Gate(self._guard, work, self._clock)
        self._live = Live(self._store, self._clock, self._settings, work, feeds, gate)
        self._runner = ServiceRunner(self._services, self._store, self._clock, self._settings, work.write_and_wait)
        self._runner.start()

    async def let_go(self) -> None:
        """Answer those who wait for something to happen, and end the streams: it will stop soon."""
        if self._live is not None:
            await self._live.feeds.growth.close()

    async def stop(self) -> None:
        """Finish what was asked for."""
        if self._runner is not None:
            await asyncio.to_thread(self._runner.stop)
        await self.let_go()
        if self._polls is not None:
            await self._polls.close()
        if self._key_uses is not None:
            await self._key_uses.stop()
        if self._work is not None:
            await asyncio.to_thread(self._work.close)

    def admit(self, head: Head, tell: Callable[[Admitted | Answer], None]) -> Admitted | Answer | None:
        """Whether a request may go on, by its head. None: ``tell`` gets that, later and on the loop."""
        assert self._work is not None
        return self.front.admit(head, self._work, tell)

    def run(self, admitted: Admitted, body: bytes, tell: Callable[[Answer], None]) -> None:
        """Have a request done that ``front`` let in; ``tell`` gets the answer, later and on the loop."""
        assert self._work is not None
        if admitted.route.operation.waits and self._polls is not None:
            self._polls.wait(partial(self._run_now, admitted, body), tell)
        else:
            self.front.run(admitted, body, self._work, tell)

    def _run_now(self, admitted: Admitted, body: bytes, tell: Callable[[Answer], None]) -> None:
        assert self._work is not None
        self.front.run(admitted._replace(now=self._clock.now_us()), body, self._work, tell)

    async def follow(self, wanted: Wanted) -> AsyncGenerator[bytes, None]:
        """The parts of an answer that has no end, save that who asked may not ask any more."""
        assert self._live is not None
        async with aclosing(stream(wanted, self._live.feeds)) as parts:
            async for part in parts:
                if not await self._live.gate.holds(wanted.actor):
                    return
                yield part

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._live is not None
        path, prefix = raw_path_of(scope), self.front.prefix
        below: Any = path[len(prefix) :] if path.startswith(prefix + "/") else ""
        await converse(below, Socket(scope, receive, send), self._live)
