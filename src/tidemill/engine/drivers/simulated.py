"""The driver for proofs: async flow programs on an event loop whose time is virtual and whose order a seed decides.

Whatever could go on next is put in a row, and the seed picks one; when nobody can, time jumps to the next sleeper. The
same seed gives the same trace, many seeds give many orders. Faults are part of the world: the machine dies before its
n-th journal entry, or the journal refuses entries.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from asyncio import events
from concurrent.futures import Future as ConcurrentFuture
from contextvars import Context, copy_context
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tidemill.engine.runtime import Recorder

T = TypeVar("T")


class MachineDied(BaseException):
    """The simulated machine died: what was not in the journal by then never will be."""


class DeadlockError(RuntimeError):
    """Nobody in the simulated world can go on."""


class SimulatedLoop(asyncio.AbstractEventLoop):
    """An event loop with nothing outside of it: no sockets, no threads, no time but its own."""

    def __init__(self, seed: int, start_us: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the order of a simulation, not a secret
        self._ready: list[asyncio.Handle] = []
        self._later: list[tuple[int, int, asyncio.TimerHandle]] = []
        self._numbers = count()
        self._running = False
        self._died: BaseException | None = None
        self._over = False
        self._tasks: list[asyncio.Task[Any]] = []
        self.us = start_us

    def run_until_complete(self, future: Coroutine[Any, Any, T]) -> T:  # type: ignore[override]  # only coroutines
        """Run the world until the coroutine is done. Raises ``DeadlockError`` where nothing can lead to that."""
        task = self.create_task(future)
        events._set_running_loop(self)  # noqa: SLF001 - offered to those who write event loops
        self._running = True
        try:
            while not task.done():
                self._turn()
        finally:
            self._running = False
            events._set_running_loop(None)  # noqa: SLF001 - as above
            self._over = True
            for unfinished in [each for each in self._tasks if not each.done()]:
                unfinished.get_coro().close()
        value: T = task.result()
        return value

    def _turn(self) -> None:
        if not self._ready:
            if not self._later:
                raise DeadlockError("everybody waits and nobody can go on")
            moment, _, timer = heapq.heappop(self._later)
            self.us = max(self.us, moment)
            self._ready.append(timer)
        handle = self._ready.pop(self._chance.randrange(len(self._ready)))
        if not handle.cancelled():
            handle._run()  # noqa: SLF001 - as above
        if self._died is not None:
            raise self._died

    def die(self, error: BaseException) -> None:
        """End the world after this turn, whatever its inhabitants make of it."""
        self._died = error

    def call_soon(  # type: ignore[override]  # typeshed spells the arguments with a TypeVarTuple
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Put a callback among those that could go on."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]  # as call_soon

    def call_at(  # type: ignore[override]  # as call_soon
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Have a callback go on at a moment of the loop's time."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._later, (round(when * 1_000_000), next(self._numbers), timer))
        return timer

    def call_later(  # type: ignore[override]  # as call_soon
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Have a callback go on after so many seconds of the loop's time."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]  # as call_soon
        self, _executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Call the function at once: there are no threads in this world."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - belongs to whoever awaits it
            future.set_exception(error)
        return future

    def time(self) -> float:
        """Seconds of the loop's time."""
        return self.us / 1_000_000

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]
        """A task of this loop."""
        task = asyncio.Task(coro, loop=self, **options)
        self._tasks.append(task)
        return task

    def is_running(self) -> bool:
        """Whether the world turns."""
        return self._running

    def is_closed(self) -> bool:
        """Always false: there is nothing to close."""
        return False

    def get_debug(self) -> bool:
        """Always false."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is passed over when its time comes."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What nobody awaited ends the world: a proof must not pass over it."""
        if self._over:
            return  # tasks that are thrown away with their world
        error = context.get("exception")
        self.die(error if error is not None else RuntimeError(context["message"]))


class SimulatedClock:
    """The loop's time, as the engine asks for it."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        return self._loop.us

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return self._loop.time()

    def sleep(self, seconds: float) -> None:
        """Jump: synchronous code keeps the whole world waiting."""
        self._loop.us += int(seconds * 1_000_000)

    async def asleep(self, seconds: float) -> None:
        """Wait; others go on."""
        woken = self._loop.create_future()
        self._loop.call_later(seconds, woken.set_result, None)
        await woken


class FaultyRecorder:
    """A journal that notes what was written in a trace, and fails on command.

    The machine dies before entry number ``dies_before`` (counted from 1); ``refuses`` are numbers of entries that the
    journal does not take, with the error it gives then.
    """

    def __init__(
        self,
        recorder: Recorder,
        loop: SimulatedLoop,
        *,
        dies_before: int = 0,
        refuses: dict[int, Exception] | None = None,
    ) -> None:
        self._recorder = recorder
        self._loop = loop
        self._dies_before = dies_before
        self._refuses = refuses or {}
        self._dead = False
        self._number = 0
        self.trace: list[tuple[int, int, bytes]] = []

    def append(self, kind: int, payload: bytes) -> int:
        """Write an entry, unless a fault is due."""
        self._number += 1
        if self._dead or self._number == self._dies_before:
            self._dead = True
            died = MachineDied(f"before entry {self._number}")
            self._loop.die(died)
            raise died
        if self._number in self._refuses:
            raise self._refuses[self._number]
        self.trace.append((self._loop.us, kind, payload))
        return self._recorder.append(kind, payload)

    def released(self, root: str) -> None:
        """As the journal does."""
        self._recorder.released(root)

    def wait_durable(self, seq: int) -> None:
        """As the journal does."""
        self._recorder.wait_durable(seq)

    def wait_applied(self) -> None:
        """As the journal does."""
        self._recorder.wait_applied()

    def wait_applied_for(self, timeout: float | None) -> bool:
        """As the journal does."""
        return self._recorder.wait_applied_for(timeout)


def started(run: Callable[[], Coroutine[Any, Any, T]]) -> ConcurrentFuture[T]:
    """Let a run begin on the running loop when it is its turn; its outcome comes as a task runner's would."""
    outcome: ConcurrentFuture[T] = ConcurrentFuture()

    async def carried() -> None:
        try:
            value = await run()
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
            outcome.set_exception(error)
        else:
            outcome.set_result(value)

    task = asyncio.get_running_loop().create_task(carried(), context=copy_context())
    kept = [task]  # the loop itself keeps no task alive
    outcome.add_done_callback(lambda _: kept.clear())
    return outcome
