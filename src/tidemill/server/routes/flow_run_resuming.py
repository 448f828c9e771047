"""Letting paused flow runs go on, with the answer that they wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.api.operations import flow_runs as operations
from tidemill.domain.filled_in import filled_in
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.pauses import resumed_id
from tidemill.domain.runs import FlowRunInput
from tidemill.domain.states import StateType, from_us
from tidemill.exceptions import NotPausedError, OptionError
from tidemill.parameters.json_schemas import UnusableSchemaError, errors_by_schema
from tidemill.server.calls import Answer
from tidemill.server.judging import circumstances, result
from tidemill.server.serving import Routes
from tidemill.wire.states import (
    OrchestrationResult,
    SetStateStatus,
    StateAbortDetails,
    StateAcceptDetails,
    StateRejectDetails,
)

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.flow_runs import FlowRunResponse

routes: Final = Routes()


@routes.serves(operations.RESUME_FLOW_RUN)
def resume_flow_run(call: Call, id: str, body: operations.ResumeOneFlowRun) -> Answer | OrchestrationResult:  # noqa: A002 - the path's name for it
    """Let a paused flow run go on."""
    run = call.store.get_flow_run(id, call.now)
    if run.state is None or run.state_type != StateType.PAUSED:
        return _aborted(f"The flow run is {run.state_name or 'without a state'}, so there is nothing to resume.")
    details: Any = run.state.state_details
    given, complaint = None, None
    if details.run_input_keyset:
        try:
            given = filled_in(body.run_input or {}, lambda name: call.store.read_variable_by_name(name).value)
            complaint = _misfit(call, id, details.run_input_keyset, given)
        except OptionError as error:
            complaint = f"The input cannot be filled in: {error}"
    elif body.run_input:
        complaint = "The flow run asks for no input. Resume it without."
    if complaint is not None:
        return OrchestrationResult(
            details=StateRejectDetails(reason=complaint), state=run.state, status=SetStateStatus.REJECT
        )
    answer = None if given is None else _answer(call, id, details.run_input_keyset["response"], given)
    if call.store.is_embedded(id):
        return _embedded(call, id, answer)
    return _resumed(call, run, answer, rescheduled=details.pause_reschedule)


def _aborted(reason: str) -> OrchestrationResult:
    return OrchestrationResult(details=StateAbortDetails(reason=reason), state=None, status=SetStateStatus.ABORT)


def _answer(call: Call, flow_run_id: str, key: str, given: dict[str, Any]) -> FlowRunInput:
    value = msgspec.json.encode(given).decode()
    return FlowRunInput(
        id=call.new_id(), flow_run_id=flow_run_id, key=key, value=value, created=from_us(call.now), sender=None
    )


def _misfit(call: Call, flow_run_id: str, keyset: dict[str, str], given: dict[str, Any]) -> str | None:
    """Why the input is not what the run asks for."""
    schema = call.store.read_flow_run_input(flow_run_id, keyset.get("schema", ""))
    if schema is None:
        return "The flow run asks for input, but does not say of what form."
    try:
        document = msgspec.json.decode(schema)
    except (msgspec.DecodeError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return "The form of the input that the flow run asks for is no JSON schema."
    try:
        errors = errors_by_schema(document, given)
    except UnusableSchemaError as error:
        return f"The form of the input that the flow run asks for cannot be used: it {error}"
    said = [f"{'.'.join(map(str, error.path)) or 'run_input'}: {error.message}" for error in errors]
    return f"The input does not fit what the flow run asks for: {'; '.join(sorted(said))}" if said else None


def _embedded(call: Call, flow_run_id: str, answer: FlowRunInput | None) -> Answer | OrchestrationResult:
    """A run that was begun without a server: whoever waits in it looks at the store."""
    try:
        call.store.resume_flow_run(flow_run_id, call.now, answer)
    except NotPausedError as error:
        return _aborted(str(error))
    state = call.store.get_flow_run(flow_run_id, call.now).state
    if state is not None and state.type == StateType.FAILED:
        reason = state.message or "It is too late to resume the flow run."
        said = OrchestrationResult(details=StateRejectDetails(reason=reason), state=state, status=SetStateStatus.REJECT)
    else:
        said = OrchestrationResult(details=StateAcceptDetails(), state=state, status=SetStateStatus.ACCEPT)
    return Answer(said, status=201)


def _resumed(call: Call, run: FlowRunResponse, answer: FlowRunInput | None, *, rescheduled: bool) -> Answer:
    assert run.state is not None
    kind, name = (StateType.SCHEDULED, "Resuming") if rescheduled else (StateType.RUNNING, None)
    state = proposed_state(kind, name, now_us=call.now, id=resumed_id(run.state.id))
    outcome = call.store.propose_flow_run_state(run.id, state, circumstances(call))
    if outcome.status == "ACCEPT" and answer is not None:
        call.store.put_flow_run_input(answer, replace=True)
    return Answer(result(outcome), status=201 if outcome.written else 200)
