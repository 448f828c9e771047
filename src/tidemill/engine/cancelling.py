"""A request from outside to cancel a flow run, and how the run comes to know of it.

The request is the state Cancelling, which anybody may have put into the store. At each beat the process that holds runs
asks whether one of those at work here is asked to end (``notice``), and interrupts its body: in the main thread by a
signal that nobody misses otherwise, so that waiting system calls return; in other threads by planting an exception,
which takes effect at the next Python instruction; on an event loop by cancelling the task, and by the signal too where
code of the run still blocks the loop of the main thread a beat later. What swallows the interruption is interrupted
again at the next beat.

Who is interrupted for a run that is to be cancelled ends as Cancelled, and so does whatever runs within it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.states import State, StateType
from tidemill.engine.context import current
from tidemill.engine.deadlines import plant
from tidemill.engine.signals import CancelRequested, Interruption
from tidemill.exceptions import CancelledRun
from tidemill.system.nudges import Nudge

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.engine.context import FlowRunContext, RunContext
    from tidemill.engine.runtime import Runtime


class CancelInterruption(Interruption):
    """A flow run around this code is being cancelled."""


class Watch:
    """A flow run at work in this process, and how to interrupt it."""

    __slots__ = ("_interrupt", "_lock", "_withdraw", "asked", "context", "over")

    def __init__(self, context: FlowRunContext) -> None:
        self.context = context
        self._interrupt: Callable[[], object] | None = None
        self._withdraw: Callable[[], object] | None = None
        self._lock = threading.Lock()
        self.over = False
        self.asked = False

    def begin(self, interrupt: Callable[[], object], withdraw: Callable[[], object]) -> None:
        """From here on the run may be interrupted. ``withdraw`` takes back what has not taken effect."""
        self._interrupt, self._withdraw = interrupt, withdraw
        self.context.runtime.watched[self.context.run_id] = self

    def ask(self) -> None:
        """Have the run end. Asking again interrupts it again, as long as it has not seen it."""
        self.asked = True
        with self._lock:
            if self._interrupt is None or self.over:
                return
            self._interrupt()
        for other in list(self.context.runtime.watched.values()):
            other.stop_submitted(self)

    def stop_submitted(self, asked: Watch) -> None:
        """What a run within the one that was asked has submitted ends, so that nobody waits for it."""
        runner = self.context.runner
        if runner is not None and _asked_around(self.context) is asked:
            runner.cancel_all()

    def end(self) -> None:
        """From here on the run is not interrupted any more."""
        if self.over and self._withdraw is None:
            return
        with self._lock:
            self.over = True
        watched, run_id = self.context.runtime.watched, self.context.run_id
        if watched.get(run_id) is self:
            del watched[run_id]
        if self._withdraw is not None:
            self._withdraw()
            self._withdraw = None  # not before: a second call ends what an interruption broke off


def notice(runtime: Runtime) -> None:
    """Look whether somebody wants runs of this process to end, and interrupt those."""
    watched = runtime.watched
    if watched:
        for run_id in runtime.ledger.store.cancelling(list(watched)):
            watch = watched.get(run_id)
            if watch is not None:
                watch.ask()


def interruption_in(context: RunContext) -> CancelInterruption | None:
    """What to raise in this run's code, if a run around it is asked to end."""
    return None if _asked_around(context) is None else CancelInterruption("the flow run is being cancelled")


def cancelled_task(context: RunContext, error: BaseException, now_us: int) -> State[Any] | None:
    """The state of a run that ended with ``error`` because a flow run around it is being cancelled."""
    if not isinstance(error, Interruption | CancelledRun) and type(error).__name__ != "CancelledError":
        return None
    cause = interruption_in(context)
    if cause is None:
        return None
    message = "The run was stopped: its flow run was cancelled."
    return State(StateType.CANCELLED, message=message, data=cause, timestamp_us=now_us)


def request_seen(context: FlowRunContext) -> CancelRequested:
    """How the run that was asked to end says so."""
    return CancelRequested(f"Flow run {context.run_name!r} was cancelled: somebody asked for it.")


def _asked_around(context: RunContext | None) -> Watch | None:
    """The outermost run around this code (itself included) that is asked to end."""
    found = None
    while context is not None:
        watch: Watch | None = getattr(context, "watch", None)
        if watch is not None and watch.asked:
            found = watch
        context = context.parent
    return found


_in_main_thread: Final[list[Watch]] = []


def attend_thread(watch: Watch) -> None:
    """The run's code is in this thread."""
    thread = threading.get_ident()
    if threading.current_thread() is threading.main_thread() and _nudge.ready():
        _in_main_thread.append(watch)
        watch.begin(lambda: _interrupt_main_thread(thread), lambda: _leave_main_thread(watch))
        return
    watch.begin(lambda: plant(thread, CancelInterruption), lambda: plant(thread, None) if watch.asked else None)


def loop_blocked_here() -> Callable[[], object]:
    """How to interrupt a run's code where it does not let the event loop of this thread go on.

    Only the main thread can be: its signal is handled where the code is that blocks, which knows what run it is in.
    """
    if threading.current_thread() is threading.main_thread() and _nudge.ready():
        return _nudge.send
    return lambda: None


def _interrupt_main_thread(thread: int) -> None:
    if not _nudge.send():
        plant(thread, CancelInterruption)


def _leave_main_thread(watch: Watch) -> None:
    if watch in _in_main_thread:
        _in_main_thread.remove(watch)
    if watch.asked:
        plant(threading.get_ident(), None)


def _nudged() -> None:
    if any(watch.asked for watch in _in_main_thread) or _asked_around(current()) is not None:
        raise CancelInterruption("the flow run is being cancelled")


_nudge: Final = Nudge(_nudged)
