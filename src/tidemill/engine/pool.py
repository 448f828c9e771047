"""A pool of threads that many tasks share, without a thread for each.

It begins with a few threads and adds more only while work waits and none of it gets taken: tasks that sleep or wait for
a network soon have a thread each (up to the limit), tasks that compute do not fight over the GIL. A thread that waits
for another task of the pool is not counted against the limit, and runs that task itself if it has not begun; so tasks
that submit tasks cannot starve.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from threading import Condition, Thread, get_ident, local
from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.deadlines import plant
from tidemill.engine.signals import FlowStopped, Interruption
from tidemill.system.clock import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

#: More threads than this help nobody; a caller who wants them says ``max_workers``.
DEFAULT_LIMIT: Final = 1_000
_BASE: Final = (os.cpu_count() or 1) + 2
_STALL_SECONDS: Final = 0.002
_COMPUTING_STALLS: Final = 50
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
    """Threads that take jobs from one queue, first come first served."""

    def __init__(self, limit: int | None = None, name: str = "tidemill-task") -> None:
        self._limit = limit or DEFAULT_LIMIT
        self._name = name
        self._jobs: deque[Job] = deque()
        self._changed = Condition()
        self._threads = 0
        self._idle = 0
        self._waiting = 0
        self._taken = 0
        self._growing = False
        self._closed = False
        self._busy: dict[int, Job] = {}
        self._cancels: dict[int, Callable[[], object]] = {}

    def put(self, job: Job) -> None:
        """Have a job done as soon as a thread is free."""
        with self._changed:
            self._jobs.append(job)
            if self._idle:
                self._changed.notify()
            elif self._active < min(self._limit, _BASE):
                self._add_thread()
            elif not self._growing and self._active < self._limit:
                self._growing = True
                Thread(target=self._grow, name=f"{self._name}-grow", daemon=True).start()

    @property
    def _active(self) -> int:
        return self._threads - self._waiting

    def _add_thread(self) -> None:
        self._threads += 1
        Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()

    def _grow(self) -> None:
        """While jobs wait and no thread takes any, double the threads.

        Threads that fight over the GIL look like threads that wait. So a standstill must last the longer the more
        threads there are, and much longer while the process computes.
        """
        stalls = 0
        with self._changed:
            while self._jobs and not self._closed and self._active < self._limit:
                taken, spent = self._taken, cpu_seconds()
                seconds = _STALL_SECONDS * max(1, self._active // _BASE)
                self._changed.wait_for(lambda: self._closed, seconds)
                if self._taken != taken:
                    stalls = 0
                    continue
                stalls += 1
                if stalls >= _COMPUTING_STALLS or cpu_seconds() - spent < seconds / 2:
                    stalls = 0
                    for _ in range(min(len(self._jobs), max(self._active, 1), self._limit - self._active)):
                        self._add_thread()
            self._growing = False

    def _work(self) -> None:
        try:
            self._work_off()
        except Interruption:
            with self._changed:  # it hit between two jobs
                self._threads -= 1
        finally:
            for close in getattr(_here, "closing", ()):
                close()

    def _work_off(self) -> None:
        _here.pool = self
        _here.depth = 0
        thread = get_ident()
        while True:
            with self._changed:
                while not self._jobs:
                    self._idle += 1
                    # who comes to a pool that was closed before it could begin has nobody to stir it
                    stirred = not self._closed and self._changed.wait(_IDLE_SECONDS)
                    self._idle -= 1
                    if not self._jobs and (self._closed or not stirred):
                        self._threads -= 1
                        return
                if self._active > self._limit:
                    self._threads -= 1  # one who had waited is back: there are enough again
                    return
                job = self._jobs.popleft()
                self._taken += 1
            if job.claim():
                self._busy[thread] = job
                try:
                    job.run()
                finally:
                    del self._busy[thread]
            del job  # and what it holds, while this thread waits for the next

    def close(self) -> None:
        """Take no more threads; those there end when the queue is empty."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

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
    with pool._changed:  # noqa: SLF001 - the pool's own other half
        pool._waiting += 1  # noqa: SLF001
        if pool._jobs and not pool._idle and pool._active < pool._limit:  # noqa: SLF001
            pool._add_thread()  # noqa: SLF001
    try:
        wait()
    finally:
        with pool._changed:  # noqa: SLF001
            pool._waiting -= 1  # noqa: SLF001
