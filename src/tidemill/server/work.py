"""Where handlers run: those that write in one thread, many to a transaction; those that only read in a few threads.

The writer takes all that came while it was busy, and commits once for all of it: see ``groups.py``. Who sends one
request after another sends the next when the last is answered, which is for all of a group at once; so a group that is
smaller than the last one is, most likely, the beginning of one, and waits a moment for the rest.

Small questions on which others wait (who asks, whether all is well) have a thread that no long question holds up, and
whoever asks them is told within seconds that the store does not answer, however long it does not.

The event loop is woken once for each group, by whichever lane: a wake-up costs as much as a small query.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tidemill.server.groups import Groups, Unit
from tidemill.store.errors import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.store.store import Store
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.server")

#: For so long a group that seems to be the beginning of one waits for the rest: about what a commit costs.
_REST_SECONDS: Final = 0.0005
#: After so long a group is committed, whoever has come meanwhile.
_GROUP_SECONDS: Final = 0.01

T = TypeVar("T")

#: A larger group makes those at its beginning wait for its end.
_WRITES: Final = 128
_READS: Final = 8
#: One may be held up by a long question; more would only fight over the interpreter.
_READERS: Final = 2
#: So long somebody waits for a small question.
_PROMPT_SECONDS: Final = 5.0


class _Asked(Unit):
    """A unit, and who is told on the loop that it is over."""

    __slots__ = ("tell",)

    def __init__(self, unit: Callable[[], Any], tell: Callable[[Unit], None], moves: str | None) -> None:
        super().__init__(unit, moves)
        self.tell = tell


class _Prompt:
    """A small question, whose asker is told in time."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, unit: Callable[[], Any], tell: Callable[[Unit], None], seconds: float
    ) -> None:
        self._unit = unit
        self._tell = tell
        self._seconds = seconds
        self._told = False
        self._timer = loop.call_later(seconds, self._give_up)

    def run(self) -> Any:
        """Do it, unless nobody waits for it any more."""
        return None if self._told else self._unit()

    def tell(self, unit: Unit) -> None:
        """Tell what came of it, on the loop."""
        if not self._told:
            self._told = True
            self._timer.cancel()
            self._tell(unit)

    def _give_up(self) -> None:
        late = Unit(self._unit)
        late.error = StoreBusyError(f"the store did not answer within {self._seconds:g} s; it is safe to try again")
        self.tell(late)


class _Lane:
    """Threads that take what was asked for in groups."""

    def __init__(self, name: str, threads: int, most: int, run: Callable[[list[_Asked]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._most = most
        self._run = run
        self._asked: list[_Asked] = []
        self._waiting: list[_Asked] = []
        self._some = Condition()
        self._over = False
        self._idle = 0
        self._last = 0
        self._threads = [Thread(target=self._work, name=f"tidemill-{name}", daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def ask(self, unit: Callable[[], Any], tell: Callable[[Unit], None], moves: str | None = None) -> None:
        """Have something done."""
        self._asked.append(_Asked(unit, tell, moves))
        if len(self._asked) == 1:
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        """All that was asked for while the loop went round once: handed over one by one, they would be done so, too."""
        asked, self._asked = self._asked, []
        with self._some:
            if not self._over:
                self._waiting += asked
                self._some.notify(min(self._idle, len(asked)))
                return
        for each in asked:
            each.error = RuntimeError("the server is stopping")
        _tell(asked)

    def close(self) -> None:
        """Finish what was asked for, and end the threads."""
        with self._some:
            self._over = True
            self._some.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._some:
                while not self._waiting and not self._over:
                    self._idle += 1
                    self._some.wait()
                    self._idle -= 1
                group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            if not group:
                return
            self._run(group)
            self._last = len(group)
            self._loop.call_soon_threadsafe(_tell, group)

    def late_for(self, group: list[_Asked]) -> list[_Asked]:
        """Those that came while the group was at work, or come in a moment; they belong to it from now on."""
        with self._some:
            if not self._waiting and len(group) < self._last and not self._over:
                self._idle += 1
                self._some.wait(_REST_SECONDS)
                self._idle -= 1
            room = self._most - len(group)
            late, self._waiting = self._waiting[:room], self._waiting[room:]
        group += late
        return late


class Work:
    """The threads in which a server's handlers run, for one event loop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        written: Callable[[], None] = lambda: None,
        *,
        prompt_seconds: float = _PROMPT_SECONDS,
    ) -> None:
        """``written`` is called on the loop when something was written."""
        self._clock = clock
        self._groups = Groups(store, clock)
        self._written = written
        self._loop = asyncio.get_running_loop()
        self._readers = _Lane("reader", _READERS, _READS, self._groups.read)
        self._prompt = _Lane("prompt", 1, _READS, self._groups.read)
        self._prompt_seconds = prompt_seconds
        self._writer = _Lane("writer", 1, _WRITES, self._write)

    def ask_to_read(self, unit: Callable[[], Any], tell: Callable[[Unit], None]) -> None:
        """Run something that only reads; ``tell`` is called on the loop, with what came of it."""
        self._readers.ask(unit, tell)

    def ask_to_write(self, unit: Callable[[], Any], tell: Callable[[Unit], None], moves: str | None = None) -> None:
        """Run something that writes; ``tell`` is called on the loop, when it is safe on the disk.

        ``moves``: the flow run that is all it changes of what others ask (see ``foreseeing.py``).
        """
        self._writer.ask(unit, tell, moves)

    def ask_promptly(self, unit: Callable[[], Any], tell: Callable[[Unit], None]) -> None:
        """Run a small question; ``tell`` is called on the loop, soon, if only to say that the store is busy."""
        prompt = _Prompt(self._loop, unit, tell, self._prompt_seconds)
        self._prompt.ask(prompt.run, prompt.tell)

    def promptly(self, unit: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a small question, and wait for it. Raises StoreBusyError where the store does not answer soon."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self.ask_promptly(unit, partial(_settle, future))
        return future

    def read(self, unit: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run something that only reads, and wait for it."""
        return self._awaited(self._readers, unit)

    def write(self, unit: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run something that writes, and wait for it."""
        return self._awaited(self._writer, unit)

    def _awaited(self, lane: _Lane, unit: Callable[[], Any]) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._loop.create_future()
        lane.ask(unit, partial(_settle, future))
        return future

    def write_and_wait(self, unit: Callable[[], T]) -> T:
        """The same from a thread other than the loop's: what the unit returns, safe on the disk."""

        async def ask() -> Any:
            return await self.write(unit)

        value: T = asyncio.run_coroutine_threadsafe(ask(), self._loop).result()
        return value

    def close(self) -> None:
        """Finish what was asked for, and end the threads."""
        self._writer.close()
        self._readers.close()
        self._prompt.close()

    def _write(self, group: list[_Asked]) -> None:
        until = self._clock.monotonic() + _GROUP_SECONDS
        self._groups.write(group, lambda: self._writer.late_for(group) if self._clock.monotonic() < until else ())
        self._loop.call_soon_threadsafe(self._written)


def _tell(group: list[_Asked]) -> None:
    for asked in group:
        try:
            asked.tell(asked)
        except Exception:  # the others are to be told, too
            logger.exception("What came of a request could not be told")


def _settle(future: asyncio.Future[Any], unit: Unit) -> None:
    if future.cancelled():
        return
    if unit.error is not None:
        future.set_exception(unit.error)
    else:
        future.set_result(unit.value)
