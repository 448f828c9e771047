"""What is around a flow that is only drawn: a run that is recorded nowhere and makes no calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, cast

from tidemill.domain.identity import uuid7
from tidemill.domain.limits import SlotsGranted
from tidemill.domain.names import made_up_name
from tidemill.domain.states import State, StateType
from tidemill.engine.calls import scope_key
from tidemill.engine.context import FlowRunContext, current_tags
from tidemill.engine.runtime import Runtime
from tidemill.engine.slots import SlotDesk
from tidemill.exceptions import VisualizationUnsupportedError
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from tidemill.engine.slots import Lease
    from tidemill.system.clock import Clock
    from tidemill.visualization.tracking import Tracker


class DrawnContext(FlowRunContext):
    """Inside a flow that is drawn."""

    __slots__ = ("tracker",)

    tracker: Tracker

    def nth_call(self, key: str) -> NoReturn:  # noqa: ARG002 - the parameter of the method it replaces
        """Refuse to run a call; who makes it hears of it and has it drawn, which costs real runs nothing."""
        raise _unsupported(self.flow.name)


def surroundings(flow: Any, parameters: dict[str, Any], tracker: Tracker, runner: Any) -> DrawnContext:
    """The context that the body of a drawn flow finds."""
    context = DrawnContext()
    context.tracker = tracker
    context.flow = flow
    context.parameters = parameters
    context.runner = runner
    context.runtime = runtime = _runtime(flow.name)
    context.start_us = runtime.clock.now_us()
    context.run_id = context.root = uuid7(context.start_us, runtime.entropy(10))
    context.key = scope_key(context.run_id)
    context.run_name = made_up_name(int.from_bytes(context.key[12:], "big"))
    context.flow_context = context
    context.state = State(StateType.RUNNING, timestamp_us=context.start_us)
    context.tags = sorted(current_tags())
    context.calls, context.made = {}, {}
    context.parent = context.recollection = context.parent_task_run_id = context.result_store = None
    context.epoch = context.run_count = 1
    context.ordinal = 0
    context.log_prints = context.persist_result = False
    return context


def _unsupported(flow: str) -> VisualizationUnsupportedError:
    return VisualizationUnsupportedError(
        f"While flow {flow!r} is only drawn there is no run to pause, send to or ask about: leave such calls out, or "
        "run the flow and draw what was recorded (tidemill.history.read_graph)"
    )


def _runtime(flow: str) -> Runtime:
    clock = SystemClock()
    nothing = cast("Any", _Nothing(flow))
    return Runtime(clock=clock, recorder=_Forgetful(), ledger=nothing, keeper=nothing, slots=_FreeSlots(clock, nothing))


class _Forgetful:
    """Takes entries, which are log lines here, and keeps none."""

    def append(self, kind: int, payload: bytes) -> int:  # noqa: ARG002 - the recorder's interface
        return 0

    def released(self, root: str) -> None:
        pass

    def wait_durable(self, seq: int) -> None:
        pass

    def wait_applied(self) -> None:
        pass

    def wait_applied_for(self, timeout: float | None) -> bool:  # noqa: ARG002 - as above
        return True


class _Nothing:
    """Where the store would be."""

    def __init__(self, flow: str) -> None:
        self._flow = flow

    def __getattr__(self, name: str) -> NoReturn:
        raise _unsupported(self._flow)


class _FreeSlots(SlotDesk):
    """Grants everything: a picture holds nobody up."""

    def __init__(self, clock: Clock, nothing: Any) -> None:
        super().__init__(nothing, clock, lambda: "drawing", outlives_us=False)

    def ask(self, lease: Lease) -> SlotsGranted:
        return SlotsGranted(lease_id=lease.id, limits=[], lease_until_us=0)
