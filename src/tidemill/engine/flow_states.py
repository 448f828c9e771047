"""How a flow run's own process says which state the run came into; the one place that counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.entries import FlowRunStateSet
from tidemill.domain.identity import keyed_uuid
from tidemill.engine.effects import Record

if TYPE_CHECKING:
    from tidemill.domain.runs import FlowRun
    from tidemill.domain.states import State
    from tidemill.engine.context import FlowRunContext


def state_set(context: FlowRunContext, state: State[Any], details: Any = None, result: str | None = None) -> Record:
    """The record of a state that the run is in from here on."""
    ordinal = context.ordinal
    # A state's id follows from its run, epoch and place: asking the system for chance costs more than all the rest.
    place = context.epoch.to_bytes(8, "big") + ordinal.to_bytes(8, "big")
    state_id = state.identified(keyed_uuid(context.key, b"state", place))
    entry = FlowRunStateSet(
        context.root, context.run_id, ordinal, state_id, state.type.value, state.name, state.message,
        state.timestamp_us, context.run_count, details, result,
    )  # fmt: skip
    context.ordinal += 1
    context.state = state
    return Record(entry)


def follow_decision(context: FlowRunContext, run: FlowRun, state: State[Any]) -> None:
    """Go on from a state that the store was told to put the run into."""
    context.ordinal = run.next_ordinal
    context.state = state
