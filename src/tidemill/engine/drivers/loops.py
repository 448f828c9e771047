"""One event loop for each thread of a task runner's pool: making one for each task costs more than the task."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from threading import local
from typing import TYPE_CHECKING, Any

from tidemill.engine.pool import interrupt_here_by, when_thread_ends

if TYPE_CHECKING:
    from collections.abc import Coroutine

_here = local()


class ThreadLoop:
    """An event loop that is kept from one task to the next, unless a task left something running on it."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end, in the caller's context."""
        loop = self._runner.get_loop()

        async def cancellable() -> Any:
            task = asyncio.current_task()
            assert task is not None
            interrupt_here_by(lambda: loop.call_soon_threadsafe(task.cancel, "the flow run is being stopped"))
            return await coroutine

        try:
            return self._runner.run(cancellable(), context=copy_context())
        finally:
            interrupt_here_by(None)
            if asyncio.all_tasks(self._runner.get_loop()):
                self._runner.close()  # cancels them, as asyncio.run would
                self._runner = asyncio.Runner()

    def close(self) -> None:
        """Let go of the loop."""
        self._runner.close()


def loop_of_thread() -> ThreadLoop | None:
    """This thread's loop, if it is a thread of a pool; others use ``asyncio.run``."""
    loop: ThreadLoop | None = getattr(_here, "loop", None)
    if loop is None:
        loop = ThreadLoop()
        if not when_thread_ends(loop.close):
            loop.close()
            return None
        _here.loop = loop
    return loop
