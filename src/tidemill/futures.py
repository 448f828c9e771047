"""Futures: task runs that may not be over yet.

``submit`` and ``map`` give them. Passing one to another task makes that task wait for it and take its value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from tidemill.domain.states import State, StateType
from tidemill.domain.values import Handle, result_of
from tidemill.engine.inputs import Future, find_futures
from tidemill.engine.pool import wait_in_pool
from tidemill.engine.submitted import SubmittedCall
from tidemill.engine.waiting import until_done, wait_until_done
from tidemill.lazily import lazily
from tidemill.system.clock import SystemClock
from tidemill.utilities import walk

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Generator, Iterable

    from tidemill.flow_run_future import TidemillFlowRunFuture

R = TypeVar("R")
F = TypeVar("F")

_monotonic: Final = SystemClock().monotonic

__all__ = [
    "DoneAndNotDoneFutures",
    "TidemillConcurrentFuture",
    "TidemillFlowRunFuture",
    "TidemillFuture",
    "TidemillFutureList",
    "TidemillTaskRunFuture",
    "TidemillWrappedFuture",
    "as_completed",
    "resolve_futures_to_results",
    "resolve_futures_to_states",
    "wait",
]


__getattr__ = lazily(__name__, {"TidemillFlowRunFuture": "tidemill.flow_run_future"})  # few wait for runs by their ids


class TidemillFuture(Future, ABC, Generic[R]):
    """A run that ends at some time."""

    __slots__ = ("run_id",)

    def __init__(self, task_run_id: UUID | str) -> None:
        self.run_id = str(task_run_id)

    @property
    def task_run_id(self) -> UUID:
        """The id of the task run."""
        return UUID(self.run_id)

    @property
    @abstractmethod
    def state(self) -> State[Any]:
        """The run's state as far as this process knows: the final one, or Pending."""

    @abstractmethod
    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run is over, ``timeout`` seconds at most; says nothing about how it ended."""

    @abstractmethod
    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the value.

        Raises what the task raised, unless ``raise_on_failure`` is false: then the exception is returned. Raises
        ``TimeoutError`` when the run is not over after ``timeout`` seconds.
        """

    @abstractmethod
    def add_done_callback(self, fn: Callable[[TidemillFuture[R]], Any]) -> None:
        """Call ``fn`` with this future when the run is over, at once if it is."""

    def done(self) -> bool:
        """Whether the run is over."""
        return self.state.is_final()

    def final_state(self) -> State[Any]:
        """The state it ended in; only asked when it is done."""
        return self.state

    async def wait_async(self, timeout: float | None = None) -> None:
        """As ``wait``, without holding up the event loop: a thread waits beside it, unless a subclass knows better."""
        import asyncio  # noqa: PLC0415 - synchronous flows never load it

        await asyncio.to_thread(self.wait, timeout)

    async def result_async(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """As ``result``, without holding up the event loop."""
        await self.wait_async(timeout)
        return self.result(0 if timeout is not None else None, raise_on_failure)


class TidemillTaskRunFuture(TidemillFuture[R]):
    """A task run that ends at some time."""

    __slots__ = ()


class TidemillWrappedFuture(TidemillTaskRunFuture[R], ABC, Generic[R, F]):
    """A future on top of another library's, whose result is the run's final state.

    Of its own a subclass needs ``wait`` and ``result`` only, where the other's has ``done``, ``result`` and
    ``add_done_callback`` as those of the standard library have.
    """

    __slots__ = ("_wrapped",)

    def __init__(self, task_run_id: UUID | str, wrapped_future: F) -> None:
        super().__init__(task_run_id)
        self._wrapped: Any = wrapped_future

    @property
    def wrapped_future(self) -> F:
        """The other library's future; its result is the run's final state."""
        wrapped: F = self._wrapped
        return wrapped

    @property
    def state(self) -> State[Any]:
        """The final state, or Pending."""
        return self.final_state() if self.done() else State(StateType.PENDING)

    def done(self) -> bool:
        """Whether the run is over."""
        return bool(self._wrapped.done())

    def final_state(self) -> State[R]:
        """The state it ended in; only asked when it is done."""
        state: State[R] = self._wrapped.result()
        return state

    def add_done_callback(self, fn: Callable[[TidemillFuture[R]], Any]) -> None:
        """Call ``fn`` with this future when the run is over, at once if it is."""
        self._wrapped.add_done_callback(lambda _: fn(self))


class TidemillConcurrentFuture(TidemillWrappedFuture[R, "concurrent.futures.Future[State[R]]"]):
    """A task run in a thread or process of this flow's runner."""

    __slots__ = ()

    _wrapped: concurrent.futures.Future[State[R]] | SubmittedCall

    def __init__(
        self, task_run_id: UUID | str, wrapped_future: concurrent.futures.Future[State[R]] | SubmittedCall
    ) -> None:
        TidemillFuture.__init__(self, task_run_id)
        self._wrapped = wrapped_future

    @property
    def wrapped_future(self) -> concurrent.futures.Future[State[R]]:
        """The standard library's future; its result is the run's final state."""
        return self._wrapped.as_concurrent() if isinstance(self._wrapped, SubmittedCall) else self._wrapped

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run is over, ``timeout`` seconds at most."""
        wait_until_done(self._wrapped, timeout)

    async def wait_async(self, timeout: float | None = None) -> None:
        """As ``wait``, without holding up the event loop."""
        await until_done(self._wrapped, timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the value; see ``TidemillFuture.result``."""
        self.wait(timeout)
        return self._result(timeout, raise_on_failure=raise_on_failure)

    async def result_async(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """As ``result``, without holding up the event loop."""
        await self.wait_async(timeout)
        if self._wrapped.done() and isinstance(self._wrapped.result().data, Handle):
            import asyncio  # noqa: PLC0415 - synchronous flows never load it

            return await asyncio.to_thread(self._result, timeout, raise_on_failure=raise_on_failure)
        return self._result(timeout, raise_on_failure=raise_on_failure)

    def _result(self, timeout: float | None, *, raise_on_failure: bool) -> R:
        if not self._wrapped.done():
            raise TimeoutError(f"task run {self.run_id} was not over after {timeout} s")
        value: R = result_of(self._wrapped.result(), raise_on_failure=raise_on_failure)
        return value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.run_id} {self.state.name}>"


class TidemillFutureList(list[TidemillFuture[R]]):
    """What ``map`` gives: a list of futures that can be waited for together."""

    def wait(self, timeout: float | None = None) -> None:
        """Wait until all runs are over, ``timeout`` seconds at most."""
        wait(self, timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:
        """The values in order; see ``TidemillFuture.result``. ``timeout`` is for all together."""
        self.wait(timeout)
        late = sum(not _is_done(future) for future in self)
        if late:
            raise TimeoutError(f"{late} of {len(self)} runs were not over after {timeout} s")
        return [future.result(raise_on_failure=raise_on_failure) for future in self]


class DoneAndNotDoneFutures(NamedTuple, Generic[R]):
    """What ``wait`` returns."""

    done: set[TidemillFuture[R]]
    not_done: set[TidemillFuture[R]]


def _is_done(future: Any) -> bool:
    return bool(future.done())


def wait(futures: Iterable[TidemillFuture[R]], timeout: float | None = None) -> DoneAndNotDoneFutures[R]:
    """Wait until all are over, ``timeout`` seconds at most, and say which are."""
    futures = list(futures)  # a set too: what an earlier wait says is not done
    # The last first: when it is over most of the others are, and this thread was woken once.
    pending = [future for future in reversed(futures) if not _is_done(future)]
    if timeout is None:
        for future in pending:
            future.wait()
    elif pending:
        until = _monotonic() + timeout
        for future in pending:
            future.wait(max(until - _monotonic(), 0))
    done = {future for future in futures if _is_done(future)}
    return DoneAndNotDoneFutures(done, set(futures) - done)


def as_completed(
    futures: Iterable[TidemillFuture[R]], timeout: float | None = None
) -> Generator[TidemillFuture[R], None, None]:
    """The futures in the order in which they end. Raises ``TimeoutError`` after ``timeout`` seconds."""
    until = None if timeout is None else _monotonic() + timeout
    ended: SimpleQueue[TidemillFuture[R]] = SimpleQueue()
    unique = list(dict.fromkeys(futures))
    for future in unique:
        future.add_done_callback(ended.put)
    for number in range(len(unique)):
        left = None if until is None else max(until - _monotonic(), 0)
        yield _next_ended(ended, left, len(unique) - number, len(unique))


def _next_ended(
    ended: SimpleQueue[TidemillFuture[R]], left: float | None, missing: int, total: int
) -> TidemillFuture[R]:
    try:
        return ended.get_nowait()
    except Empty:
        pass
    found: list[TidemillFuture[R]] = []
    try:
        wait_in_pool(lambda: found.append(ended.get(timeout=left)), None)
    except Empty:
        raise TimeoutError(f"{missing} of {total} runs were not over in time") from None
    return found[0]


def resolve_futures_to_states(expr: Any) -> Any:
    """The expression with each future in it swapped for its final state, once it has one."""
    for future in find_futures(expr):
        future.wait()  # type: ignore[attr-defined]
    return walk.replace(expr, Future, lambda future: future.final_state())


def resolve_futures_to_results(expr: Any) -> Any:
    """The expression with each future in it swapped for its value; raises what a task raised."""
    return walk.replace(expr, Future, lambda future: future.result())
