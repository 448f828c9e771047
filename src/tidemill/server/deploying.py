"""What a deployment says about where it runs and with what, checked and put into the store's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.filled_in import filled_in
from tidemill.domain.states import from_us
from tidemill.exceptions import OptionError, ParameterTypeError
from tidemill.parameters.by_schema import check_by_schema, check_job_variables
from tidemill.server.agent_pool import agent_pool
from tidemill.server.refusals import Refusal, not_valid
from tidemill.wire.work_queues import WorkQueueResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.server.calls import Call


def queue_for(call: Call, pool: str | None, queue: str | None) -> str | None:
    """The id of the queue that runs go to, which is made if need be; a queue without a pool is one of the agents'."""
    if pool is None and queue is None:
        return None
    now = from_us(call.now)
    fresh = WorkQueueResponse(id=call.new_id(), name="", created=now, updated=now)
    return call.store.ensure_work_queue(pool if pool is not None else agent_pool(call), queue, fresh)


def refuse_job_variables(
    call: Call, pool: str | None, variables: Mapping[str, Any], *, status: int = 422, all_required: bool = False
) -> None:
    """Unless they fit the pool's template. Raises MissingError for the pool."""
    if pool is None:
        return
    template = call.store.read_work_pool(pool, call.now).base_job_template
    try:
        check_job_variables(template, variables, all_required=all_required)
    except ParameterTypeError as error:
        raise _refusal(status, error, "job_variables") from error


def parameters_filled_in(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """With what is to be filled in when a run is made."""
    try:
        filled: dict[str, Any] = filled_in(parameters, lambda name: call.store.read_variable_by_name(name).value)
    except OptionError as error:
        raise not_valid("body", str(error), "parameters") from error
    return filled


def refuse_parameters(
    parameters: Mapping[str, Any], schema: Mapping[str, Any] | None, *, all_required: bool = True
) -> None:
    """Unless they fit the schema of the flow's parameters."""
    try:
        check_by_schema(parameters, schema or {}, "Parameters do not fit the flow", all_required=all_required)
    except ParameterTypeError as error:
        raise _refusal(409, error, "parameters") from error


def _refusal(status: int, error: ParameterTypeError, field: str) -> Refusal:
    detail = [{"loc": ["body", field], "msg": str(error), "type": "value_error"}]
    return Refusal(status, str(error), detail=detail)
