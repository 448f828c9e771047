"""A request from outside to suspend a flow run, and how the run leaves its process.

Nothing is interrupted. From the moment its process has seen the request, the run makes no further call: the next one
that its own code makes, of a task or a subflow, submitted or not, raises ``Pause`` there, and so does a wait for a
person, a retry, a slot, an input or another run. Task runs that have begun go on to their end, with all that they call;
submitted ones that have not begun never do. When the run is resumed, what ended before is not run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from tidemill.domain.states import State, StateType
from tidemill.engine.context import FlowRunContext
from tidemill.engine.effects import Sleep
from tidemill.exceptions import Pause

if TYPE_CHECKING:
    from tidemill.domain.pauses import Suspension
    from tidemill.engine.context import RunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

#: How long a run that waits for its next attempt may not see the request, in seconds.
_LOOK_EVERY: Final = 1.0
#: What a clock of microseconds cannot wait for, and a difference of two of its readings may say.
_TICK: Final = 1e-6


class _NoMoreCalls(dict[str, int]):
    """Stands in the place of the count of a run's calls, so that runs which nobody asks to leave pay nothing."""

    def __init__(self, context: FlowRunContext, wanted: Suspension) -> None:
        super().__init__()
        self._context = context
        self._wanted = wanted

    def get(self, *_: Any) -> NoReturn:
        """Nobody makes another call."""
        raise self.leave()

    def leave(self) -> Pause:
        """What gets the run's code out of its process."""
        from tidemill.domain.pauses import ASKED_TO_LEAVE, SUSPENDED  # noqa: PLC0415 - few runs are asked to leave

        now = self._context.runtime.clock.now_us()
        details = self._wanted.details()
        return Pause(state=State(StateType.PAUSED, SUSPENDED, ASKED_TO_LEAVE, timestamp_us=now, state_details=details))


def notice_suspensions(runtime: Runtime) -> None:
    """Look whether somebody wants runs of this process to leave it, and have those make no further call."""
    watched = runtime.watched
    if not watched:
        return
    for root, wanted in runtime.ledger.store.suspensions(list(watched)).items():
        for watch in list(watched.values()):
            if watch.context.root == root and _is_called_by_flows_alone(watch.context):
                _have_leave(watch.context, wanted)


def asked_to_leave(context: RunContext | None) -> Pause | None:
    """What gets the run's code out of its process, where somebody has asked for that."""
    if isinstance(context, FlowRunContext) and isinstance(context.calls, _NoMoreCalls):
        return context.calls.leave()
    return None


def leave_if_asked(context: RunContext | None) -> None:
    """Raises ``Pause`` where the run is asked to leave its process."""
    if (leave := asked_to_leave(context)) is not None:
        raise leave


def idle(context: FlowRunContext, seconds: float) -> Steps[None]:
    """Wait between two attempts of the run; it leaves meanwhile, if it is asked to."""
    clock = context.runtime.clock
    until = clock.monotonic() + seconds
    yield Sleep(0)  # at least a turn for whoever else is on the event loop
    while (left := until - clock.monotonic()) > _TICK:
        yield Sleep(min(left, _LOOK_EVERY))
        leave_if_asked(context)


def _have_leave(context: FlowRunContext, wanted: Suspension) -> None:
    context.calls = no_more = _NoMoreCalls(context, wanted)
    runner = context.runner
    if runner is not None:
        runner.drop_unbegun(no_more.leave())


def _is_called_by_flows_alone(context: RunContext) -> bool:
    """Not from within a task run, which goes on to its end."""
    around = context.parent
    while around is not None:
        if not isinstance(around, FlowRunContext):
            return False
        around = around.parent
    return True
