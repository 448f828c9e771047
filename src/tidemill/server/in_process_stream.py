"""A stream of what happens in a store that is open in this process, without a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tidemill.server.live.feeds import Feeds, Growth
from tidemill.server.live.streams import stream
from tidemill.server.work import Work

if TYPE_CHECKING:
    from collections.abc import Generator

    from tidemill.server.live.streams import Wanted
    from tidemill.store.store import Store
    from tidemill.system.clock import Clock


def streamed(store: Store, clock: Clock, wanted: Wanted) -> Generator[bytes, None, None]:
    """Messages as bytes, without an end; close it. Not for threads in which an event loop runs."""
    with asyncio.Runner() as runner:
        work, growth = runner.run(_begin(store, clock))
        parts = stream(wanted, Feeds(store, work, growth))
        try:
            while True:
                yield runner.run(anext(parts))
        finally:
            runner.run(parts.aclose())
            runner.run(growth.close())
            work.close()


async def _begin(store: Store, clock: Clock) -> tuple[Work, Growth]:
    return Work(store, clock), Growth(store.watch)
