"""Submitted tasks in processes: for work that holds the GIL, and for work that must be stopped whatever it does."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from concurrent.futures import Future as ConcurrentFuture
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final, Self

from tidemill.domain.states import State, StateType
from tidemill.engine.calls import TaskCall, edges_of
from tidemill.engine.cancelling import interruption_in
from tidemill.engine.drivers.sync import drive
from tidemill.engine.inputs import replace
from tidemill.engine.made_again import unmade
from tidemill.engine.running import final_state_in_thread
from tidemill.engine.stopping_workers import NotBegunError, Sign, Wanted, begin_process
from tidemill.engine.task_recall import recalled_run
from tidemill.engine.task_run import unsent_run
from tidemill.engine.transport import pack, perform, unpack
from tidemill.engine.upstream import NotReadyError, resolver
from tidemill.exceptions import CrashedRun
from tidemill.futures import TidemillConcurrentFuture, TidemillFuture
from tidemill.settings.context import get_current_settings
from tidemill.subprocess_messages import preparation, prepare
from tidemill.task_runners import TaskRunner, put_off, when_done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.process import BaseProcess

    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.context import RunContext
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
        self._sign: Sign | None = None
        self._sent: dict[ConcurrentFuture[State[Any]], ConcurrentFuture[bytes]] = {}
        self._flow: RunContext | None = None
        self._begins_no_more = False
        self._leaving: BaseException | None = None

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
        dependencies: dict[str, set[Any]] | None = None,
    ) -> TidemillConcurrentFuture[Any]:
        """Have a task run in a process once its upstream is done; returns at once."""
        call = TaskCall(task, parameters, wait_for, dependencies)
        self._flow = call.flow_context
        return put_off(call, lambda: self._begin(call)) or self._begin(call)

    def _begin(self, call: TaskCall) -> TidemillConcurrentFuture[Any]:
        wrapped: ConcurrentFuture[State[Any]] = ConcurrentFuture()
        future: TidemillConcurrentFuture[Any] = TidemillConcurrentFuture(call.run_id, wrapped)
        recalled, settled = drive(recalled_run(call), call.runtime)
        if settled is not None:
            wrapped.set_result(settled)
            return future
        self._unfinished[wrapped] = future
        wrapped.add_done_callback(self._over)
        when_done([*call.upstream, *call.wait_for], lambda: self._send_once_made(call, recalled, wrapped))
        return future

    def _send_once_made(
        self, call: TaskCall, recalled: RecordedCall | None, wrapped: ConcurrentFuture[State[Any]]
    ) -> None:
        flow = call.flow_context
        goes_on = flow is not None and flow.recollection is not None
        if goes_on and unmade(call.upstream):  # not here: this may be the thread that brings what is waited for
            Thread(target=self._send, args=(call, recalled, wrapped), daemon=True).start()
        else:
            self._send(call, recalled, wrapped)

    def _send(self, call: TaskCall, recalled: RecordedCall | None, wrapped: ConcurrentFuture[State[Any]]) -> None:
        if self._begins_no_more:
            self._not_begun(wrapped)
            return
        try:
            resolver.check(call.required)
            parameters = {name: replace(value, resolver) for name, value in call.parameters.items()}
        except NotReadyError:
            # It will not start; that is found and recorded here as it would be in a thread.
            Thread(target=lambda: wrapped.set_result(final_state_in_thread(call)), daemon=True).start()
            return
        call.origins = {
            name: [(edge["input_type"], edge["id"]) for edge in edges] for name, edges in edges_of(call).items()
        }
        call.parameters = parameters
        try:
            sent = self._processes().submit(perform, pack(call, call.runtime.ledger.home, recalled))
        except Exception as error:  # noqa: BLE001 - pickling runs the user's code
            wrapped.set_result(drive(unsent_run(call, error), call.runtime))
            return
        self._sent[wrapped] = sent
        sent.add_done_callback(lambda done: self._arrived(call, done, wrapped))

    def _arrived(self, call: TaskCall, done: ConcurrentFuture[bytes], wrapped: ConcurrentFuture[State[Any]]) -> None:
        self._sent.pop(wrapped, None)
        if done.cancelled():
            self._not_begun(wrapped)
            return
        try:
            wrapped.set_result(unpack(done.result()))
        except NotBegunError:
            self._not_begun(wrapped)
        except BrokenExecutor:
            with self._starting:
                self._executor = None
            call.runtime.ledger.tend()
            message = "The process that ran the task, or one beside it, died: it was killed or ran out of memory."
            wrapped.set_result(State(StateType.CRASHED, message=message, data=CrashedRun(message)))
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
            wrapped.set_exception(error)

    def __reduce__(self) -> tuple[Any, ...]:
        """Goes to other processes with its flow, without the processes it has here."""
        return type(self), (self._max_workers, self._factories, self._initializer, self._initargs)

    def _not_begun(self, wrapped: ConcurrentFuture[State[Any]]) -> None:
        if self._leaving is not None:
            wrapped.set_exception(self._leaving)
            return
        wrapped.set_result(State(StateType.CANCELLED, message="The flow run ended before this task run began."))

    def _processes(self) -> ProcessPoolExecutor:
        with self._starting:
            if self._executor is None:
                self._sign = self._sign or Sign(_SPAWNING)
                chosen = get_current_settings().tasks.runner
                self._executor = ProcessPoolExecutor(
                    self._max_workers or chosen.process_pool_max_workers or os.cpu_count() or 1,
                    mp_context=_SPAWNING,
                    initializer=begin_process,
                    initargs=(
                        self._sign.shared,
                        prepare,
                        (preparation(self._factories, self._initializer, self._initargs),),
                        self._run_token() if chosen.process_pool_run_tokens else None,
                    ),
                )
            return self._executor

    def _run_token(self) -> str | None:
        """What the processes ask the server with. Raises where there is none to be had: they do not get the key."""
        flow = self._flow.flow_context if self._flow is not None else None
        return None if flow is None else flow.runtime.ledger.run_token(flow.root, flow.epoch)

    def cancel_all(self) -> None:
        """Drop what has not begun, and interrupt what has."""
        cancelled = self._flow is not None and interruption_in(self._flow) is not None
        self._end_beginnings(Wanted.CANCEL if cancelled else Wanted.STOP)
        if self._sign is not None:
            self._sign.interrupt(self._running())

    def drop_unbegun(self, error: BaseException) -> None:
        """See ``TaskRunner.drop_unbegun``. What a task of this runner submits runs in its process, with it."""
        self._leaving = error
        self._end_beginnings(Wanted.NOTHING_NEW)

    def _end_beginnings(self, wanted: Wanted) -> None:
        self._begins_no_more = True
        if self._sign is not None:
            self._sign.show(wanted)
        for sent in list(self._sent.values()):
            sent.cancel()

    def _running(self) -> list[BaseProcess]:
        # There is no other way to them before Python 3.14, and it is the same in all versions.
        return list((getattr(self._executor, "_processes", None) or {}).values())

    def close(self) -> None:
        """Let the processes end; what was interrupted and goes on all the same is ended with its process."""
        executor = self._executor
        if executor is None:
            return
        stuck = self._running() if self._begins_no_more and self._sent else []
        for process in stuck:
            process.kill()
        executor.shutdown(wait=True)
        self._executor = None
        if stuck and self._flow is not None:
            self._flow.runtime.ledger.tend()


_SPAWNING: Final = multiprocessing.get_context("spawn")
