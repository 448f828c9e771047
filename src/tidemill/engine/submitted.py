"""A submitted call of a task: work that one thread will do, and the place where its final state arrives.

It answers like a ``concurrent.futures.Future`` (``done``, ``result``, ``add_done_callback``) without being one: ten
thousand of those, each with its lock and lists, take more time than the runs they stand for, most of it to be looked
through by the garbage collector.
"""

from __future__ import annotations

import logging
from _thread import allocate_lock
from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.pool import Job
from tidemill.engine.running import final_state_in_thread

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable
    from contextvars import Context

    from tidemill.domain.states import State
    from tidemill.engine.calls import TaskCall

logger = logging.getLogger("tidemill.engine")

#: Guards nothing but the making of a list of callbacks, which few calls have.
_making: Final = allocate_lock()


class SubmittedCall(Job):
    """A call to be run in a copy of ``context``. ``over`` is told of it when it has ended, before anybody else."""

    __slots__ = ("_call", "_callbacks", "_context", "_error", "_over", "_state")

    def __init__(self, call: TaskCall, context: Context, over: Callable[[SubmittedCall], object] | None = None) -> None:
        super().__init__()
        self._call: TaskCall | None = call
        self._context: Context | None = context
        self._over = over
        self._state: State[Any] | None = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Any], object]] | None = None

    def run(self) -> None:
        """Run the call to its end here and now; only for who has claimed it."""
        call, context = self._call, self._context
        assert call is not None
        assert context is not None
        self._call = self._context = None  # they may hold much, and whoever keeps the future keeps this
        try:
            state = context.copy().run(final_state_in_thread, call)
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
            self._error = error
            self._tell()
        else:
            self.end(state)

    def end(self, state: State[Any]) -> None:
        """Take this as the final state; where ``run`` will not find one."""
        self._state = state
        self._tell()

    def fail(self, error: BaseException) -> None:
        """Have whoever asks for the final state get this; where ``run`` will not find one."""
        self._call = self._context = None
        self._error = error
        self._tell()

    @property
    def of_flow(self) -> bool:
        """Whether it has not begun and the flow's own code submitted it, not a task run that may wait for it."""
        call = self._call
        return call is not None and call.parent is call.flow_context

    def _tell(self) -> None:
        if self._over is not None:
            self._over(self)
        self._call_back()

    def _call_back(self) -> None:
        # Who ends the call and who adds a callback meanwhile may both come here: each callback is popped once.
        while self._callbacks:
            try:
                callback = self._callbacks.pop(0)
            except IndexError:
                return
            try:
                callback(self)
            except Exception:
                logger.exception("What was to be called at the end of a task run raised an error.")

    def done(self) -> bool:
        """Whether it has ended."""
        return self._state is not None or self._error is not None

    def result(self) -> State[Any]:
        """The final state, or what kept it from having one; only asked when it is done."""
        if self._error is not None:
            raise self._error
        assert self._state is not None
        return self._state

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Have something called with this once it has ended, at once if it has."""
        if self._callbacks is None:
            with _making:
                if self._callbacks is None:
                    self._callbacks = []
        self._callbacks.append(callback)
        if self.done():
            self._call_back()

    def as_concurrent(self) -> concurrent.futures.Future[State[Any]]:
        """The same as a future of the standard library."""
        from concurrent.futures import Future  # noqa: PLC0415 - few want one

        future: Future[State[Any]] = Future()
        future.set_running_or_notify_cancel()  # whoever gives up waiting for it must not keep it from its end

        def arrived(_: SubmittedCall) -> None:
            if self._error is not None:
                future.set_exception(self._error)
            else:
                future.set_result(self.result())

        self.add_done_callback(arrived)
        return future
