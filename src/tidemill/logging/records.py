"""Which run a log record belongs to, and what its formats may ask about that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.context import TaskRunContext

if TYPE_CHECKING:
    from logging import LogRecord

    from tidemill.engine.context import RunContext

UNKNOWN: Final = "<unknown>"


def facts(context: RunContext) -> dict[str, Any]:
    """What formats may ask of a run's records, the context itself included."""
    flow = context.flow_context
    said: dict[str, Any] = {"run_context": context}
    if flow is not None:
        said |= {"flow_run_id": flow.run_id, "flow_run_name": flow.run_name, "flow_name": flow.flow.name}
    if isinstance(context, TaskRunContext):
        said |= {
            "task_run_id": context.run_id,
            "task_run_name": context.run_name,
            "task_name": context.task.name,
            "flow_run_id": said.get("flow_run_id"),
            "flow_run_name": said.get("flow_run_name", UNKNOWN),
            "flow_name": said.get("flow_name", UNKNOWN),
        }
    else:
        said["deployment_name"] = None
    return said


def complete(record: LogRecord) -> None:
    """Put the facts about the run onto a record that knows its run by ``run_context`` alone."""
    said = record.__dict__
    context = said.get("run_context")
    if context is not None and "flow_run_id" not in said:
        for name, value in facts(context).items():
            said.setdefault(name, value)
