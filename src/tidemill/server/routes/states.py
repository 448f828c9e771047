"""States of flow runs and task runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import states as operations
from tidemill.server.serving import Routes

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.states import State

routes: Final = Routes()


@routes.serves(operations.READ_FLOW_RUN_STATES)
def read_flow_run_states(call: Call, query: operations.ReadFlowRunStatesQuery) -> list[State]:
    """The states of a flow run, from the first on."""
    return call.store.states_of_flow_run(str(query.flow_run_id))


@routes.serves(operations.READ_FLOW_RUN_STATE)
def read_flow_run_state(call: Call, id: str) -> State:  # noqa: A002 - the path's name for it
    """A state of a flow run."""
    return call.store.flow_run_state(id)


@routes.serves(operations.READ_TASK_RUN_STATES)
def read_task_run_states(call: Call, query: operations.ReadTaskRunStatesQuery) -> list[State]:
    """The states of a task run, from the first on."""
    return call.store.states_of_task_run(str(query.task_run_id))


@routes.serves(operations.READ_TASK_RUN_STATE)
def read_task_run_state(call: Call, id: str) -> State:  # noqa: A002 - the path's name for it
    """A state of a task run."""
    return call.store.task_run_state(id)
