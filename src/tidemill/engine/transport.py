"""A task call on its way to another process of this machine, and its final state on the way back.

The other process writes a journal of its own under the same root run and epoch; it holds the task run, not the flow.
"""

from __future__ import annotations

import logging
from copy import copy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import cloudpickle
import msgspec

from tidemill import by_value
from tidemill.domain.entries import RootHeld
from tidemill.domain.states import State, StateType
from tidemill.engine import context as contexts
from tidemill.engine.calls import TaskCall, scope_key
from tidemill.engine.context import FlowRunContext
from tidemill.engine.errors_abroad import ErrorParts, survives
from tidemill.engine.recollection import Recollection
from tidemill.engine.running import final_state_in_thread
from tidemill.engine.stopping_workers import at_work
from tidemill.main_program import loads
from tidemill.pickling import bounded_pickle, refusal, why_unpicklable

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.runtime import EngineSettings


logger = logging.getLogger("tidemill.task_runs")


class FlowOfParent(NamedTuple):
    """What a task in another process may ask about the flow it runs in."""

    name: str
    flow_id: str
    version: str | None
    log_prints: bool | None = None
    persist_result: bool | None = None
    result_storage: Any = None
    result_serializer: Any = None
    task_runner: Any = None


class _Place(NamedTuple):
    """Where the call stands: enough to make its contexts again."""

    flow: FlowOfParent
    root: str
    epoch: int
    run_id: str
    run_name: str
    run_count: int
    tags: list[str]
    parameters: bytes | None
    start_us: int
    log_prints: bool
    persist_result: bool


class Parcel(NamedTuple):
    """A call, packed. The body is a pickle of the task, its parameters and its place."""

    home: Path
    settings: EngineSettings
    body: bytes


def pack(call: TaskCall, home: Path, recalled: RecordedCall | None = None) -> Parcel:
    """Pack a call whose futures are resolved, with what was recorded of it earlier. Raises what pickling raises."""
    flow = call.flow_context
    place = _place(flow) if flow is not None else None
    body = by_value.dumps((call.task, call.parameters, call.run_id, call.tags, call.origins, place, recalled))
    return Parcel(home, call.runtime.settings, body)


def _place(flow: FlowRunContext) -> _Place:
    facts = FlowOfParent(
        flow.flow.name,
        flow.flow.flow_id,
        flow.flow.version,
        flow.flow.log_prints,
        flow.flow.persist_result,
        flow.flow.result_storage,
        flow.flow.result_serializer,
    )
    return _Place(
        facts,
        flow.root,
        flow.epoch,
        flow.run_id,
        flow.run_name,
        flow.run_count,
        flow.tags,
        _small(flow.parameters),
        flow.start_us,
        flow.log_prints,
        flow.persist_result,
    )


_SMALL: Final = 64 * 1024


def _small(parameters: dict[str, Any]) -> bytes | None:
    """The flow's parameters; what is large or does not pickle does not go along with every one of its calls."""
    try:
        return bounded_pickle(parameters, _SMALL)
    except Exception:  # noqa: BLE001 - the values' own code raises anything
        return None


def _arrived(parameters: bytes | None) -> dict[str, Any]:
    try:
        return {} if parameters is None else dict(loads(parameters))
    except Exception as error:  # noqa: BLE001 - as above; few tasks ask about them
        logger.warning("The flow's parameters cannot be had in the process of its task: %s", error)
        return {}


def perform(parcel: Parcel) -> bytes:
    """In the other process: run the call to its end; everything it recorded is in the store when this returns."""
    from tidemill.engine.opening import process_runtime_at  # noqa: PLC0415 - opens files

    runtime = process_runtime_at(parcel.home, parcel.settings)
    task, parameters, run_id, tags, origins, place, recalled = cloudpickle.loads(parcel.body)
    flow = _flow_context(place, runtime) if place is not None else None
    if flow is not None:
        runtime.record(RootHeld(flow.root, flow.epoch, True))
        if recalled is not None:  # it settles nothing, as the flow's process has found; it counts the attempts
            unsettled = msgspec.structs.replace(recalled, type=StateType.PENDING)
            flow.recollection = Recollection([unsettled], replay_failures=False)
    call = _Arrived.of_another_process(task, parameters, run_id, tags, flow, runtime, origins)
    token = contexts.enter(flow)
    try:
        with at_work(flow):
            state = final_state_in_thread(call)
    finally:
        contexts.leave(token)
        runtime.recorder.wait_applied()
    return _packed(state)


class _Arrived(TaskCall):
    """A call that came from another process, and whose value must go back there."""

    __slots__ = ()
    travels = True

    def checked(self, state: State[Any]) -> State[Any]:
        """Failed, before anything is recorded, if the value cannot be pickled: the flow could never have it."""
        value = state.data
        if not state.is_completed() or type(value) in _PLAIN:
            return state
        error = refusal(value)
        if error is None:
            return state
        message = f"The value of task {self.task.name!r} cannot travel to the flow's process: {_why(value, error)}"
        return State(StateType.FAILED, None, message, TypeError(message), timestamp_us=state.timestamp_us)


_PLAIN = frozenset({int, float, bool, str, bytes, type(None)})


def _why(thing: Any, error: Exception) -> str:
    return why_unpicklable(thing) or str(error)


def _flow_context(place: _Place, runtime: Any) -> FlowRunContext:
    context = FlowRunContext()
    context.runtime = runtime
    context.flow = place.flow  # type: ignore[assignment]  # the part of a flow that is asked for here
    context.root, context.epoch = place.root, place.epoch
    context.run_id, context.run_name, context.run_count = place.run_id, place.run_name, place.run_count
    context.key = scope_key(place.run_id)
    context.tags = place.tags
    context.parameters = _arrived(place.parameters)
    context.start_us, context.log_prints, context.persist_result = (
        place.start_us,
        place.log_prints,
        place.persist_result,
    )
    context.parent = context.recollection = context.runner = context.parent_task_run_id = None
    context.flow_context = context
    context.calls, context.made = {}, {}
    context.ordinal = 0
    context.state = State(StateType.RUNNING, timestamp_us=place.start_us)
    return context


class _Parts(NamedTuple):
    """A final state, and its exception in parts."""

    state: State[Any]
    error: ErrorParts


def _packed(state: State[Any]) -> bytes:
    try:
        error = state.data
        if isinstance(error, BaseException) and not survives(error):
            bare = copy(state)
            bare.data = None
            return bytes(cloudpickle.dumps(_Parts(bare, ErrorParts.of(error))))
        return bytes(cloudpickle.dumps(state))
    except Exception as error:  # noqa: BLE001 - the value's own code raises anything
        return bytes(cloudpickle.dumps(_without_data(state, error)))


def _without_data(state: State[Any], error: Exception) -> State[Any]:
    """What is recorded stays true: an error or a value that was given with an end goes missing, the end does not."""
    what = "error" if isinstance(state.data, BaseException) else "value"
    lost = f"The task's {what} cannot travel to the flow's process: {_why(state.data, error)}"
    said = f"{state.message}. {lost}" if state.message else lost
    if state.is_completed():
        return State(StateType.FAILED, message=said, data=TypeError(said))
    bare = copy(state)
    bare.data = TypeError(said)
    return bare


def unpack(blob: bytes) -> State[Any]:
    """The final state that came back."""
    came: State[Any] | _Parts = cloudpickle.loads(blob)
    if isinstance(came, _Parts):
        came.state.data = came.error.whole()
        return came.state
    return came
