"""What can be asked about states."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from tidemill.api.operation import Tag
from tidemill.wire.base import Wire
from tidemill.wire.states import State


class ReadFlowRunStatesQuery(Wire):
    """What is sent to ``/flow_run_states/``."""

    flow_run_id: UUID


class ReadTaskRunStatesQuery(Wire):
    """What is sent to ``/task_run_states/``."""

    task_run_id: UUID


_tagged: Final = Tag("Task Run States")

READ_FLOW_RUN_STATES: Final = _tagged.get(
    "/flow_run_states/",
    "read_flow_run_states",
    permission="runs:read",
    answer=list[State],
    query=ReadFlowRunStatesQuery,
)
READ_FLOW_RUN_STATE: Final = _tagged.get(
    "/flow_run_states/{id:uuid}", "read_flow_run_state", permission="runs:read", answer=State, refuses=(404,)
)
READ_TASK_RUN_STATES: Final = _tagged.get(
    "/task_run_states/",
    "read_task_run_states",
    permission="runs:read",
    answer=list[State],
    query=ReadTaskRunStatesQuery,
)
READ_TASK_RUN_STATE: Final = _tagged.get(
    "/task_run_states/{id:uuid}", "read_task_run_state", permission="runs:read", answer=State, refuses=(404,)
)
