"""What is recorded of a flow run before its body starts: that there is one, and where it stands in its parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.entries import FlowRunCreated, RootHeld, TaskRunCreated, TaskRunStarted
from tidemill.domain.identity import derived_uuid, uuid_text
from tidemill.domain.states import State, StateType
from tidemill.engine.effects import Record
from tidemill.engine.flow_states import state_set
from tidemill.engine.inputs import graph
from tidemill.engine.serialising import json_parameters

if TYPE_CHECKING:
    from tidemill.engine.context import FlowRunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.flow_calls import FlowCall
    from tidemill.engine.upstream import NotReadyError


def create(
    call: FlowCall, context: FlowRunContext, enclosing: FlowRunContext | None, not_ready: NotReadyError | None
) -> Steps[None]:
    """Record the run, and the task run that stands for it in the flow run around it."""
    if enclosing is None:
        yield Record(RootHeld(context.root, context.epoch))
    else:
        context.parent_task_run_id = _standing_task_run_id(call.run_id)
        if not_ready is None:
            yield Record(_standing(call, context, enclosing))
        else:
            yield Record(_standing_not_ready(call, context, enclosing, not_ready))
    yield Record(_flow_run(call, context))
    if context.ordinal == 0:
        yield state_set(context, State(StateType.PENDING, timestamp_us=context.start_us))


def _flow_run(call: FlowCall, context: FlowRunContext) -> FlowRunCreated:
    flow = call.flow
    return FlowRunCreated(
        context.root,
        call.run_id,
        flow.flow_id,
        flow.name,
        context.run_name,
        context.parent_task_run_id,
        json_parameters(call.parameters),
        call.tags,
        context.start_us,
        flow.version,
        flow.entrypoint,
        flow.retry_policy if flow.retry_policy.count else None,
        None,
        "continue",
        context.start_us,
        None,
        call.runtime.keeper.keep(call.parameters) if context.root == context.run_id else None,
    )


def _standing_task_run_id(flow_run_id: str) -> str:
    return uuid_text(derived_uuid(b"subflow", flow_run_id.encode()))


def _standing(call: FlowCall, context: FlowRunContext, enclosing: FlowRunContext) -> TaskRunStarted:
    standing_id = _standing_task_run_id(call.run_id)
    return TaskRunStarted(
        context.root,
        standing_id,
        enclosing.run_id,
        context.run_name,
        call.flow.name,
        standing_id,
        call.tags,
        graph(call.parameters, enclosing.made),
        context.start_us,
        context.start_us,
        1,
        call.flow.version,
        None,
        _caller(call, enclosing),
        enclosing.run_count,
        call.run_id,
    )


def _standing_not_ready(
    call: FlowCall, context: FlowRunContext, enclosing: FlowRunContext, error: NotReadyError
) -> TaskRunCreated:
    """It waits for ever, since its upstream did not complete."""
    standing_id = _standing_task_run_id(call.run_id)
    return TaskRunCreated(
        context.root,
        standing_id,
        enclosing.run_id,
        context.run_name,
        call.flow.name,
        standing_id,
        call.tags,
        graph(call.parameters, enclosing.made),
        context.start_us,
        "NotReady",
        str(error),
        call.flow.version,
        None,
        _caller(call, enclosing),
        call.run_id,
    )


def _caller(call: FlowCall, enclosing: FlowRunContext) -> str | None:
    """The task run that made the call, unless the flow's own code did."""
    parent = call.parent
    return parent.run_id if parent is not None and parent is not enclosing else None
