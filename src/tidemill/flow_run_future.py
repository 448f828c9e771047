"""A flow run as a future: one that goes on in whatever process of this home, known by its id."""

from __future__ import annotations

from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from uuid import UUID

from tidemill.domain.states import State, StateType
from tidemill.domain.values import result_of
from tidemill.engine.drivers import sync
from tidemill.engine.looking import LOOK_EVERY
from tidemill.engine.pool import wait_in_pool
from tidemill.engine.results import RecordedValue
from tidemill.engine.runtime import runtime
from tidemill.exceptions import FlowRunWaitTimeout
from tidemill.flow_runs import read_flow_run, until_over
from tidemill.futures import TidemillFuture

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.domain.runs import FlowRun
    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

R = TypeVar("R")

__all__ = ["TidemillFlowRunFuture"]


class TidemillFlowRunFuture(TidemillFuture[R]):
    """A flow run that ends at some time, by its id.

    The run may be in any process that uses this home; how it stands is read from the store, 0.2 s late at most, or told
    by a server. Its value can be had if it was kept: small ones are by default, larger ones with
    ``persist_result=True``. Passed to a task, the task waits for the run and takes its value.

    Raises ``ObjectNotFound`` where somebody asks how the run stands and there is no such run.
    """

    __slots__ = ("_final", "_here")

    input_type = "flow_run"

    def __init__(self, flow_run_id: UUID | str) -> None:
        super().__init__(flow_run_id)
        self._final: State[Any] | None = None
        self._here: Runtime = runtime()

    @property
    def flow_run_id(self) -> UUID:
        """The id of the flow run."""
        return UUID(self.run_id)

    @property
    def task_run_id(self) -> NoReturn:
        """There is none, so that asking raises ``AttributeError``."""
        raise AttributeError(f"{self!r} stands for no task run: ask for its flow_run_id")

    @property
    def state(self) -> State[Any]:
        """The run's state as the store has it; the final one, once it was seen."""
        if self._final is not None:
            return self._final
        self._here.recorder.wait_applied()
        return self._seen(read_flow_run(self._here, self.run_id))

    def done(self) -> bool:
        """Whether the run is over."""
        return self.state.is_final()

    def final_state(self) -> State[R]:
        """The state it ended in; waits for that."""
        self.wait()
        return self.state

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the run is over, ``timeout`` seconds at most; says nothing about how it ended."""
        if self._final is None:
            wait_in_pool(lambda: sync.drive(self._watched(timeout), self._here), None)

    async def wait_async(self, timeout: float | None = None) -> None:
        """As ``wait``, without holding up the event loop."""
        from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - synchronous programs never load asyncio

        if self._final is None:
            await asynchronous.drive(self._watched(timeout), self._here)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """Wait for the value the flow gave; see ``TidemillFuture.result``.

        Raises ``MissingResult`` where it was not kept.
        """
        self.wait(timeout)
        value: R = result_of(self._ended(timeout), raise_on_failure=raise_on_failure)
        return value

    async def aresult(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """As ``result``, without holding up the event loop."""
        await self.wait_async(timeout)
        state: State[R] = self._ended(timeout)
        return await state.aresult(raise_on_failure)

    def add_done_callback(self, fn: Callable[[TidemillFuture[R]], Any]) -> None:
        """Call ``fn`` with this future when the run is over, at once if it is; else in a thread that waits for it."""
        if self.done():
            fn(self)
            return

        def waited() -> None:
            self.wait()
            fn(self)

        Thread(target=copy_context().run, args=(waited,), name="tidemill-flow-run-future", daemon=True).start()

    def _watched(self, timeout: float | None) -> Steps[None]:
        try:
            run = yield from until_over(self._here, self.run_id, timeout, LOOK_EVERY, log_states=False)
        except FlowRunWaitTimeout:
            return
        self._seen(run)

    def _seen(self, run: FlowRun) -> State[Any]:
        state = _state_of(run, self._here)
        if state.is_final():
            self._final = state
        return state

    def _ended(self, timeout: float | None) -> State[Any]:
        if self._final is None:
            raise TimeoutError(f"flow run {self.run_id} was not over after {timeout} s")
        return self._final

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.run_id}>"


def _state_of(run: FlowRun, here: Runtime) -> State[Any]:
    recorded = run.state
    if recorded is None:
        return State(StateType.PENDING)
    kept = recorded.type is StateType.COMPLETED or recorded.data is not None
    return State(
        recorded.type,
        recorded.name,
        recorded.message,
        RecordedValue(run.id, here, recorded.data) if kept else None,
        id=recorded.id,
        timestamp=recorded.timestamp,
    )
