"""Submitted tasks in processes: for work that holds the GIL, and for work that must be stopped whatever it does."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from concurrent.futures import Future as ConcurrentFuture
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from tidemill.domain.states import State, StateType
from tidemill.engine.calls import TaskCall
from tidemill.engine.drivers.sync import drive
from tidemill.engine.inputs import replace
from tidemill.engine.running import final_state_in_thread
from tidemill.engine.task_run import unsent_run
from tidemill.engine.transport import pack, perform, unpack
from tidemill.engine.upstream import NotReadyError, resolver
from tidemill.exceptions import CrashedRun
from tidemill.futures import TidemillConcurrentFuture, TidemillFuture
from tidemill.settings.context import get_current_settings
from tidemill.subprocess_messages import preparation, prepare
from tidemill.task_runners import TaskRunner, when_done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tidemill.subprocess_messages import ProcessorFactory

__all__ = ["ProcessPoolTaskRunner"]


class ProcessPoolTaskRunner(TaskRunner[TidemillConcurrentFuture[Any]]):
    """Runs tasks in processes of this machine.

    ``max_workers`` defaults to the setting ``tasks.runner.process_pool_max_workers``, else to the number of cores.
    Tasks, arguments and values travel by cloudpickle. A task submitted from within a task of this runner runs in that
    process. ``initializer(*initargs)`` runs once in each process; the processes are started fresh (spawned), so nothing
    is shared by accident. ``subprocess_message_processor_factories`` give functions that see each log line of the
    processes before it is kept (``tidemill.subprocess_messages``). A process that dies takes the runs of its pool with
    it: they end as Crashed, and the next submission starts new processes.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        subprocess_message_processor_factories: Iterable[ProcessorFactory] | None = None,
        initializer: Callable[..., None] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        """See the class."""
        super().__init__()
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"expected max_workers to be 1 or more, got {max_workers}")
        self._max_workers = max_workers
        self._factories = tuple(subprocess_message_processor_factories or ())
        self._initializer = initializer
        self._initargs = tuple(initargs)
        self._executor: ProcessPoolExecutor | None = None
        self._starting = Lock()

    def duplicate(self) -> Self:
        """A runner with the same options and no processes."""
        return type(self)(self._max_workers, self._factories, self._initializer, self._initargs)

    @property
    def subprocess_message_processor_factories(self) -> tuple[ProcessorFactory, ...]:
        """What makes the functions that see each process's messages; to be set before there are processes."""
        return self._factories

    @subprocess_message_processor_factories.setter
    def subprocess_message_processor_factories(self, factories: Iterable[ProcessorFactory] | None) -> None:
        with self._starting:
            if self._started or self._executor is not None:
                raise RuntimeError(f"{self.name} task runner has started: its processors are chosen before")
            self._factories = tuple(factories or ())

    def set_subprocess_message_processor_factories(
        self, subprocess_message_processor_factories: Iterable[ProcessorFactory] | None = None
    ) -> None:
        """Set them, or take them away. Raises RuntimeError once the runner has started."""
        self.subprocess_message_processor_factories = subprocess_message_processor_factories

    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
        dependencies: dict[str, set[Any]] | None = None,  # noqa: ARG002 - edges follow from the arguments
    ) -> TidemillConcurrentFuture[Any]:
        """Have a task run in a process once its upstream is done; returns at once."""
        call = TaskCall(task, parameters, wait_for)
        wrapped: ConcurrentFuture[State[Any]] = ConcurrentFuture()
        future: TidemillConcurrentFuture[Any] = TidemillConcurrentFuture(call.run_id, wrapped)
        self._unfinished[wrapped] = future
        wrapped.add_done_callback(self._over)
        when_done([*call.upstream, *call.wait_for], lambda: self._send(call, wrapped))
        return future

    def _send(self, call: TaskCall, wrapped: ConcurrentFuture[State[Any]]) -> None:
        try:
            resolver.check(call.required)
            parameters = {name: replace(value, resolver) for name, value in call.parameters.items()}
        except NotReadyError:
            # It will not start; that is found and recorded here as it would be in a thread.
            Thread(target=lambda: wrapped.set_result(final_state_in_thread(call)), daemon=True).start()
            return
        call.parameters = parameters
        try:
            sent = self._processes().submit(perform, pack(call, call.runtime.ledger.home))
        except Exception as error:  # noqa: BLE001 - pickling runs the user's code
            wrapped.set_result(drive(unsent_run(call, error), call.runtime))
            return
        sent.add_done_callback(lambda done: self._arrived(call, done, wrapped))

    def _arrived(self, call: TaskCall, done: ConcurrentFuture[bytes], wrapped: ConcurrentFuture[State[Any]]) -> None:
        try:
            wrapped.set_result(unpack(done.result()))
        except BrokenExecutor:
            with self._starting:
                self._executor = None
            call.runtime.ledger.tend()
            message = "The process that ran the task, or one beside it, died: it was killed or ran out of memory."
            wrapped.set_result(State(StateType.CRASHED, message=message, data=CrashedRun(message)))
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
            wrapped.set_exception(error)

    def _processes(self) -> ProcessPoolExecutor:
        with self._starting:
            if self._executor is None:
                chosen = get_current_settings().tasks.runner.process_pool_max_workers
                self._executor = ProcessPoolExecutor(
                    self._max_workers or chosen or os.cpu_count() or 1,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=prepare,
                    initargs=(preparation(self._factories, self._initializer, self._initargs),),
                )
            return self._executor

    def cancel_all(self) -> None:
        """Drop what has not begun."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Let the processes end."""
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None
