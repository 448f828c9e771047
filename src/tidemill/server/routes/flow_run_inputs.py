"""What is sent to flow runs while they run. Values are JSON texts: they go in and out as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.api.operations import flow_runs as operations
from tidemill.domain.runs import FlowRunInput as KeptInput
from tidemill.domain.states import from_us
from tidemill.server.calls import Answer
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.wire.flow_runs import FlowRunInput

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()


@routes.serves(operations.CREATE_FLOW_RUN_INPUT)
def create_flow_run_input(call: Call, id: str, body: operations.CreateFlowRunInput) -> None:  # noqa: A002 - the path's name for it
    """Send something to a flow run, under a key that it has not got yet."""
    try:
        msgspec.json.decode(body.value)
    except (msgspec.DecodeError, RecursionError) as error:
        raise not_valid("body", f"is not JSON: {error}", "value") from error
    given = KeptInput(
        id=call.new_id(), flow_run_id=id, key=body.key, value=body.value, created=from_us(call.now), sender=body.sender
    )
    call.store.put_flow_run_input(given)


@routes.serves(operations.FILTER_FLOW_RUN_INPUT)
def filter_flow_run_input(call: Call, id: str, body: operations.FilterFlowRunInput) -> list[FlowRunInput]:  # noqa: A002 - as above
    """What was sent under keys that begin so, the oldest first."""
    found = call.store.find_flow_run_inputs(
        id, body.prefix, limit=call.limit(body.limit), exclude_keys=body.exclude_keys
    )
    return [
        FlowRunInput(
            flow_run_id=one.flow_run_id,
            id=one.id,
            key=one.key,
            value=one.value,
            created=one.created,
            sender=one.sender,
            updated=one.created,
        )
        for one in found
    ]


@routes.serves(operations.READ_FLOW_RUN_INPUT)
def read_flow_run_input(call: Call, id: str, key: str) -> Answer:  # noqa: A002 - as above
    """What was sent under a key."""
    value = call.store.read_flow_run_input(id, key)
    if value is None:
        raise _missing(id, key)
    return Answer(raw=value.encode())


@routes.serves(operations.DELETE_FLOW_RUN_INPUT)
def delete_flow_run_input(call: Call, id: str, key: str) -> None:  # noqa: A002 - as above
    """Forget what was sent under a key."""
    if not call.store.delete_flow_run_input(id, key):
        raise _missing(id, key)


def _missing(flow_run_id: str, key: str) -> Refusal:
    return Refusal(404, f"Flow run {flow_run_id} has no input under the key {key!r}")
