"""Where submitted tasks run: threads (the default), processes, or one after the other."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tidemill.domain.states import State, StateType
from tidemill.engine.calls import TaskCall
from tidemill.engine.mapping import each_call, origins_of
from tidemill.engine.pool import ThreadPool
from tidemill.engine.submitted import SubmittedCall
from tidemill.futures import TidemillConcurrentFuture, TidemillFuture, TidemillFutureList
from tidemill.lazily import lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextvars import Context
    from types import TracebackType

F = TypeVar("F", bound="TidemillFuture[Any]")

__all__ = [
    "ConcurrentTaskRunner",
    "ProcessPoolTaskRunner",  # noqa: F822 - loaded by __getattr__
    "SequentialTaskRunner",
    "TaskRunner",
    "ThreadPoolTaskRunner",
]


__getattr__ = lazily(__name__, {"ProcessPoolTaskRunner": "tidemill.process_runner"})  # loads multiprocessing


class TaskRunner(ABC, Generic[F]):
    """Runs submitted tasks. A flow starts its own copy when it first submits something, and closes it when it ends."""

    def __init__(self) -> None:
        self.logger = logging.getLogger(f"tidemill.task_runner.{self.name}")
        self._unfinished: dict[Any, Any] = {}
        self._over = self._unfinished.pop
        self._started = False

    @property
    def name(self) -> str:
        """The runner's name in lower case, without "TaskRunner"."""
        return type(self).__name__.lower().replace("taskrunner", "")

    @abstractmethod
    def duplicate(self) -> Self:
        """A runner with the same options and nothing running."""

    @abstractmethod
    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
        dependencies: dict[str, set[Any]] | None = None,
    ) -> F:
        """Have a task run with these parameters once its upstream is done; returns at once.

        ``dependencies``: by parameter, kinds and ids of the runs that its value was taken from and no longer shows.
        """

    def map(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
    ) -> TidemillFutureList[Any]:
        """Submit a task for each element of its iterable parameters; those marked ``unmapped`` go to every call.

        Raises ``MappingLengthMismatch`` where the iterables differ in length, ``MappingMissingIterable`` where there is
        none.
        """
        upstream = list(wait_for) if wait_for is not None else None
        origins = origins_of(task, parameters)
        more: dict[str, Any] = {"dependencies": origins} if origins else {}
        return TidemillFutureList(self.submit(task, each, upstream, **more) for each in each_call(task, parameters))

    def unfinished(self) -> list[Any]:
        """Futures of this runner that are not over."""
        return list(self._unfinished.values())

    def cancel_all(self) -> None:
        """Stop: what has not begun ends as Cancelled here and never starts; what has begun is interrupted."""

    def drop_unbegun(self, error: BaseException) -> None:
        """The flow run leaves its process: what its own code submitted and has not begun never does.

        Who asks for its result gets ``error``.
        """

    def close(self) -> None:
        """Let go of threads or processes."""

    def __enter__(self) -> Self:
        self._started = True
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from tidemill.futures import wait  # noqa: PLC0415

        wait(self.unfinished())
        self.close()


class ThreadPoolTaskRunner(TaskRunner[TidemillConcurrentFuture[Any]]):
    """Runs tasks in threads of this process.

    ``max_workers`` bounds how many task bodies run at once (default: the setting
    ``tasks.runner.thread_pool_max_workers``, else 1 000; threads are made only as needed, so ten thousand mapped tasks
    do not make ten thousand threads). A task that waits for another does not count.
    """

    def __init__(self, max_workers: int | None = None) -> None:
        super().__init__()
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"expected max_workers to be 1 or more, got {max_workers}")
        self._max_workers = max_workers
        from tidemill.settings.context import get_current_settings  # noqa: PLC0415 - loaded once there are runs

        self._pool = ThreadPool(max_workers or get_current_settings().tasks.runner.thread_pool_max_workers)

    def duplicate(self) -> Self:
        """A runner with the same options and nothing running."""
        return type(self)(self._max_workers)

    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
        dependencies: dict[str, set[Any]] | None = None,
    ) -> TidemillConcurrentFuture[Any]:
        """Have a task run in a thread once its upstream is done; returns at once."""
        return self._submit(TaskCall(task, parameters, wait_for, dependencies), copy_context())

    def map(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
    ) -> TidemillFutureList[Any]:
        """Submit a task for each element of its iterable parameters; see ``TaskRunner.map``."""
        upstream = list(wait_for) if wait_for is not None else None
        here = copy_context()
        origins = origins_of(task, parameters)
        calls = (TaskCall(task, each, upstream, origins) for each in each_call(task, parameters))
        return TidemillFutureList(self._submit(call, here) for call in calls)

    def _submit(self, call: TaskCall, context: Context) -> TidemillConcurrentFuture[Any]:
        return put_off(call, lambda: self._begin(call, context)) or self._begin(call, context)

    def _begin(self, call: TaskCall, context: Context) -> TidemillConcurrentFuture[Any]:
        submitted = SubmittedCall(call, context, self._over)
        future: TidemillConcurrentFuture[Any] = TidemillConcurrentFuture(call.run_id, submitted)
        self._unfinished[submitted] = future
        if call.upstream or call.wait_for:
            when_done([*call.upstream, *call.wait_for], lambda: self._pool.put(submitted))
        else:
            self._pool.put(submitted)
        return future

    def cancel_all(self) -> None:
        """Drop what has not begun, and interrupt what has."""
        for submitted in list(self._unfinished):
            if submitted.claim():
                submitted.end(State(StateType.CANCELLED, message="The flow run ended before this task run began."))
        self._pool.interrupt()

    def drop_unbegun(self, error: BaseException) -> None:
        """See ``TaskRunner.drop_unbegun``."""
        dropped = [submitted for submitted in list(self._unfinished) if submitted.of_flow and submitted.claim()]
        for submitted in dropped:
            submitted.fail(error)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.close()


ConcurrentTaskRunner = ThreadPoolTaskRunner


class SequentialTaskRunner(TaskRunner[TidemillConcurrentFuture[Any]]):
    """Runs each task when it is submitted, in the submitting thread: for debugging, and where order matters."""

    def duplicate(self) -> Self:
        """A runner of the same kind."""
        return type(self)()

    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
        dependencies: dict[str, set[Any]] | None = None,
    ) -> TidemillConcurrentFuture[Any]:
        """Run a task now; the future is done when this returns."""
        call = TaskCall(task, parameters, wait_for, dependencies)
        context = copy_context()
        return put_off(call, lambda: self._run(call, context)) or self._run(call, context)

    def _run(self, call: TaskCall, context: Context) -> TidemillConcurrentFuture[Any]:
        submitted = SubmittedCall(call, context)
        submitted.run()
        return TidemillConcurrentFuture(call.run_id, submitted)


def runner_here(flow: Any) -> TaskRunner[Any]:
    """The runner for what is submitted here: the flow run's own, or the process's for tasks outside of a flow."""
    if flow is None:
        if not _outside_flows:
            _outside_flows.append(ThreadPoolTaskRunner())
        return _outside_flows[0]
    if flow.runner is None:
        with flow.runtime.counting:
            if flow.runner is None:
                chosen = flow.flow.task_runner
                flow.runner = chosen.duplicate() if chosen is not None else ThreadPoolTaskRunner()
    runner: TaskRunner[Any] = flow.runner
    return runner


_outside_flows: list[TaskRunner[Any]] = []


def put_off(
    call: TaskCall, submit: Callable[[], TidemillConcurrentFuture[Any]]
) -> TidemillConcurrentFuture[Any] | None:
    """The future of a call that completed in an earlier attempt and is made again only if its value is needed."""
    if call.flow_context is None or call.flow_context.recollection is None:
        return None
    from concurrent.futures import Future  # noqa: PLC0415 - only runs that go on come here

    from tidemill.engine.made_again import completed_before  # noqa: PLC0415 - as above

    state = completed_before(call, submit)
    if state is None:
        return None
    wrapped: Future[State[Any]] = Future()
    wrapped.set_result(state)
    return TidemillConcurrentFuture(call.run_id, wrapped)


def when_done(futures: list[Any], then: Any) -> None:
    """Call ``then`` once all futures are done, at once if they are."""
    waiting = [future for future in futures if not future.done()]
    if not waiting:
        then()
        return
    others = [None] * (len(waiting) - 1)

    def one_done(_: Any) -> None:
        try:
            others.pop()
        except IndexError:  # it is the last, and there is but one
            then()

    for future in waiting:
        future.add_done_callback(one_done)
