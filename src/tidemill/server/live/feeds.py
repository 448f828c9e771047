"""Following what grows: waking who waits, and reading on."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Final

from tidemill.store.tailing import Tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.server.work import Work
    from tidemill.store.store import Store
    from tidemill.store.watching import Watch
    from tidemill.wire.events import ReceivedEvent
    from tidemill.wire.filters import LogFilter
    from tidemill.wire.logs import Log

#: What is read at once, in rows.
PAGE: Final = 200
_PAGES_KEPT: Final = 8
#: Who waits looks again after so long, even if nobody woke it.
_AT_LEAST_EVERY_SECONDS: Final = 5.0
#: As long as rows are there of which it is not sure yet that none will come before them.
_SOON_SECONDS: Final = 0.05

EventPage = tuple[list[tuple[int, "ReceivedEvent"]], int]
LinePage = tuple[list[tuple[int, "Log"]], int]


class Growth:
    """Wakes who waits for something new. Its methods are for the loop's thread."""

    def __init__(self, watch: Callable[[], Watch]) -> None:
        self._open_watch = watch
        self._loop = asyncio.get_running_loop()
        self._happened = asyncio.Event()
        self._watch: Watch | None = None
        self._thread: Thread | None = None
        self.closed = False

    def written(self) -> None:
        """Somebody wrote."""
        happened, self._happened = self._happened, asyncio.Event()
        happened.set()

    def next(self) -> asyncio.Event:
        """Take this before looking; it is set when somebody writes afterwards."""
        if self._thread is None and not self.closed:
            self._watch = self._open_watch()
            self._thread = Thread(target=self._look, args=(self._watch,), name="tidemill-watch", daemon=True)
            self._thread.start()
        return self._happened

    def _look(self, watch: Watch) -> None:
        try:
            while not self.closed:
                if watch.wait(_AT_LEAST_EVERY_SECONDS) and not self.closed:
                    self._loop.call_soon_threadsafe(self.written)
        finally:
            watch.close()

    async def close(self) -> None:
        """Wake everybody for the last time."""
        self.closed = True
        if self._watch is not None and self._thread is not None:
            self._watch.stop()
            await asyncio.to_thread(self._thread.join)
        self.written()


async def happens(something: asyncio.Event, seconds: float) -> bool:
    """Wait for it, but no longer than some seconds; whether it happened."""
    try:
        async with asyncio.timeout(seconds):
            await something.wait()
    except TimeoutError:
        return False
    return True


class Feeds:
    """Pages of events and log lines, from a position on."""

    def __init__(self, store: Store, work: Work, growth: Growth) -> None:
        self._store = store
        self._work = work
        self.growth = growth
        self._events = Tail("event")
        self._lines = Tail("log")
        self._turn = asyncio.Lock()
        self._pages: OrderedDict[int, EventPage] = OrderedDict()

    async def events(self, after: int) -> EventPage:
        """The events behind a position, and the position to go on from."""
        async with self._turn:
            known = self._pages.get(after)
            if known is not None:
                return known
            page: EventPage = await self._work.read(partial(self._store.follow_events, self._events, after, limit=PAGE))
            if page[0]:
                self._pages[after] = page
                if len(self._pages) > _PAGES_KEPT:
                    self._pages.popitem(last=False)
            return page

    async def logs(self, after: int, wanted: LogFilter | None) -> LinePage:
        """The lines behind a position for which the filter holds, and the position to go on from."""
        async with self._turn:
            page: LinePage = await self._work.read(
                partial(self._store.follow_logs, self._lines, after, wanted, limit=PAGE)
            )
            return page

    async def ends(self) -> tuple[int, int]:
        """The positions behind all that is there: of events, of log lines."""
        async with self._turn:
            ends: tuple[int, int] = await self._work.read(partial(self._store.live_ends, self._events, self._lines))
            return ends

    @property
    def patience(self) -> float:
        """How long to wait before looking again, in seconds."""
        behind = self._events.behind or self._lines.behind
        return _SOON_SECONDS if behind else _AT_LEAST_EVERY_SECONDS
