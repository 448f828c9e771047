"""A pool of threads that many tasks share, without a thread for each.

It begins with one thread and lets more work where that helps (``growth``): tasks that sleep or wait for a network soon
have a thread each (up to the limit), tasks that compute do not fight over the GIL. A thread that waits for another task
of the pool is not counted against the limit, and runs that task itself if it has not begun; so tasks that submit tasks
cannot starve.
"""

from __future__ import annotations

from _thread import LockType, allocate_lock
from abc import ABC, abstractmethod
from collections import deque
from threading import Thread, get_ident, local
from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.deadlines import plant
from tidemill.engine.growth import TICK_SECONDS, Growth, Tick
from tidemill.engine.signals import FlowStopped, Interruption
from tidemill.system.clock import SystemClock, cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

#: More threads than this help nobody; a caller who wants them says ``max_workers``.
DEFAULT_LIMIT: Final = 1_000
_IDLE_SECONDS: Final = 2.0
#: A thread that waits for a job does it itself, and jobs within it likewise, down to here: its stack is finite.
_DEEPEST: Final = 20

_here = local()


class Job(ABC):
    """A piece of work that exactly one thread will do."""

    __slots__ = ("_unclaimed",)

    def __init__(self) -> None:
        self._unclaimed = bytearray(1)  # rather than a list: the garbage collector need not look at it

    @abstractmethod
    def run(self) -> None:
        """Do it."""

    def claim(self) -> bool:
        """Whether the caller is the one who may run it."""
        try:
            self._unclaimed.pop()  # atomic: of two threads one gets it
        except IndexError:
            return False
        return True


class ThreadPool:
    """Threads that take jobs from one queue, first come first served.

    A thread works, waits for another job of the pool (see ``wait_in_pool``), or is parked until its bell rings.
    """

    def __init__(self, limit: int | None = None, name: str = "tidemill-task") -> None:
        self._limit = limit or DEFAULT_LIMIT
        self._name = name
        self._lock = allocate_lock()
        self._jobs: deque[Job] = deque()
        self._taken = 0
        self._threads = 0
        self._waiting = 0
        self._parked: list[LockType] = []
        self._watched = False
        self._closed = False
        self._busy: dict[int, Job] = {}
        self._cancels: dict[int, Callable[[], object]] = {}

    def put(self, job: Job) -> None:
        """Have a job done as soon as a thread is free."""
        with self._lock:
            self._jobs.append(job)
            if not self._working:
                self._let_one_work()
            elif not self._watched and self._more_could_work:
                self._watched = True
                Thread(target=self._watch, name=f"{self._name}-watch", daemon=True).start()

    @property
    def _working(self) -> int:
        return self._threads - self._waiting - len(self._parked)

    @property
    def _more_could_work(self) -> bool:
        return self._working < self._limit

    def _let_one_work(self) -> None:
        if self._parked:
            self._parked.pop().release()
        else:
            self._threads += 1
            Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()

    def _watch(self) -> None:
        """Let more threads work while jobs wait and it helps."""
        growth = Growth()
        clock = SystemClock()
        never = _bell()
        while True:
            taken, began, computed = self._taken, clock.monotonic(), cpu_seconds()
            never.acquire(timeout=TICK_SECONDS)
            with self._lock:
                tick = Tick(
                    waiting=len(self._jobs),
                    taken=self._taken - taken,
                    working=self._working,
                    seconds=clock.monotonic() - began,
                    computed=cpu_seconds() - computed,
                )
                for _ in range(min(growth.after(tick), self._limit - self._working)):
                    self._let_one_work()
                if growth.over or self._closed or not self._more_could_work:
                    self._watched = False
                    return

    def _work(self) -> None:
        bell = _bell()
        try:
            self._work_off(bell)
        except Interruption:  # it hit between two jobs
            with self._lock:
                self._leave(bell)
                if self._jobs and not self._working:
                    self._let_one_work()
        finally:
            for close in getattr(_here, "closing", ()):
                close()

    def _work_off(self, bell: LockType) -> None:
        _here.pool = self
        _here.depth = 0
        thread = get_ident()
        while True:
            with self._lock:
                if self._working > self._limit or (self._closed and not self._jobs):
                    self._leave(bell)  # one who had waited is back and there are enough, or nothing more will come
                    return
                if self._jobs:
                    job = self._jobs.popleft()
                    self._taken += 1
                else:
                    job = None
                    self._parked.append(bell)
            if job is None:
                if not self._called_by(bell):
                    return
                continue
            if job.claim():
                self._busy[thread] = job
                try:
                    job.run()
                finally:
                    del self._busy[thread]
            del job  # and what it holds, while this thread waits for the next

    def _called_by(self, bell: LockType) -> bool:
        """Wait, parked, until there may be a job; false if the bell was silent for so long that this thread left."""
        if bell.acquire(timeout=_IDLE_SECONDS):
            return True
        with self._lock:
            if bell in self._parked:
                self._leave(bell)
                return False
        bell.acquire()  # it rang just then
        return True

    def _leave(self, bell: LockType) -> None:
        if bell in self._parked:
            self._parked.remove(bell)
        self._threads -= 1

    def close(self) -> None:
        """Take no more threads; those there end when the queue is empty."""
        with self._lock:
            self._closed = True
            while self._parked:
                self._let_one_work()

    def interrupt(self) -> None:
        """Raise ``FlowStopped`` in every thread that is doing a job, at its next Python instruction."""
        for thread in list(self._busy):
            cancel = self._cancels.get(thread)
            if cancel is None:
                plant(thread, FlowStopped)
            else:
                cancel()


def interrupt_here_by(cancel: Callable[[], object] | None) -> None:
    """How to interrupt what this thread of a pool does now, where planting an exception would not: in an event loop."""
    pool: ThreadPool | None = getattr(_here, "pool", None)
    if pool is None:
        return
    if cancel is None:
        pool._cancels.pop(get_ident(), None)  # noqa: SLF001 - the pool's own other half
    else:
        pool._cancels[get_ident()] = cancel  # noqa: SLF001 - as above


def when_thread_ends(close: Callable[[], None]) -> bool:
    """Have something done when this thread of a pool ends; false in other threads, of whose end we do not hear."""
    if getattr(_here, "pool", None) is None:
        return False
    _here.__dict__.setdefault("closing", []).append(close)
    return True


def wait_in_pool(wait: Callable[[], Any], job: Job | None) -> None:
    """Wait from wherever the caller is. In a thread of a pool: do the awaited job itself, or lend the place."""
    pool: ThreadPool | None = getattr(_here, "pool", None)
    if pool is None:
        wait()
        return
    if job is not None and _here.depth < _DEEPEST and job.claim():
        _here.depth += 1
        try:
            job.run()
        finally:
            _here.depth -= 1
        return
    with pool._lock:  # noqa: SLF001 - the pool's own other half
        pool._waiting += 1  # noqa: SLF001
        if pool._jobs and pool._more_could_work:  # noqa: SLF001
            pool._let_one_work()  # noqa: SLF001
    try:
        wait()
    finally:
        with pool._lock:  # noqa: SLF001
            pool._waiting -= 1  # noqa: SLF001


def _bell() -> LockType:
    """A lock that is taken: whoever takes it again waits until somebody releases it."""
    bell = allocate_lock()
    bell.acquire()
    return bell
