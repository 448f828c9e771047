"""Waiting for what a thread will end: a submitted call, or a future of the standard library."""

from __future__ import annotations

from _thread import allocate_lock
from typing import TYPE_CHECKING, Any, TypeAlias

from tidemill.engine.deadlines import wait_stoppably
from tidemill.engine.pool import wait_in_pool
from tidemill.engine.submitted import SubmittedCall

if TYPE_CHECKING:
    import concurrent.futures

    Ending: TypeAlias = SubmittedCall | concurrent.futures.Future[Any]


def wait_until_done(thing: Ending, timeout: float | None = None) -> None:
    """Wait with this thread, ``timeout`` seconds at most. A thread of a pool does what it waits for, if nobody has."""
    if thing.done():
        return
    over = allocate_lock()
    over.acquire()
    thing.add_done_callback(lambda _: over.release())

    def released(seconds: float | None) -> bool:
        return over.acquire(timeout=-1 if seconds is None else seconds)

    job = thing if timeout is None and isinstance(thing, SubmittedCall) else None
    wait_in_pool(lambda: wait_stoppably(released, timeout, thing.done), job)


async def until_done(thing: Ending, timeout: float | None = None) -> None:
    """As ``wait_until_done``, without holding up the event loop."""
    import asyncio  # noqa: PLC0415 - synchronous flows never load it

    if thing.done():
        return
    waiting = asyncio.wrap_future(thing.as_concurrent() if isinstance(thing, SubmittedCall) else thing)
    await asyncio.wait([waiting], timeout=timeout)
    if waiting.done() and not waiting.cancelled():
        waiting.exception()  # who asks for the result is told; the loop need not be


class Waitable:
    """Something to wait for that is no run, as the engine's ``WaitFor`` takes it."""

    __slots__ = ("_thing",)

    def __init__(self, thing: Ending) -> None:
        self._thing = thing

    def wait(self, timeout: float | None = None) -> None:
        """With this thread."""
        wait_until_done(self._thing, timeout)

    async def wait_async(self, timeout: float | None = None) -> None:
        """On the event loop."""
        await until_done(self._thing, timeout)
