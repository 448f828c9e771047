"""What was recorded, asked from Python: the runs of the home that this process records into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.runs import any_of
from tidemill.engine.runtime import runtime

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.domain.runs import FlowRun, TaskRun
    from tidemill.visualization.graph import RunGraph

__all__ = ["read_flow_run", "read_graph", "read_task_runs"]


def read_flow_run(flow_run_id: UUID | str) -> FlowRun:
    """A flow run as it stands, what this process has just recorded included.

    Takes an id, a name (the newest run of it), or a beginning of an id. Raises ``UnknownRunError`` where there is no
    such run, or several begin so.
    """
    here = runtime()
    here.recorder.wait_applied()
    return here.ledger.store.read_flow_run(str(flow_run_id))


def read_task_runs(flow_run_id: UUID | str) -> list[TaskRun]:
    """The task runs of a flow run in the order they were recorded, what this process has just recorded included."""
    here = runtime()
    here.recorder.wait_applied()
    return here.ledger.store.find_task_runs([any_of("flow_run_id", str(flow_run_id))], limit=-1)


def read_graph(flow_run_id: UUID | str) -> RunGraph:
    """Which task runs of a flow run took values of which, what this process has just recorded included.

    Takes an id, a name (the newest run of it), or a beginning of an id. Raises ``UnknownRunError`` where there is no
    such run, or several begin so.
    ``tidemill.visualization.to_mermaid`` makes a picture of it.
    """
    from tidemill.visualization.graph import recorded_graph  # noqa: PLC0415 - few programs ask

    return recorded_graph(read_task_runs(read_flow_run(flow_run_id).id))
