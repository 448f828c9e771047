"""The flow run that this code is in. Outside of one the answers are empty.

Attributes: ``id``, ``name``, ``tags``, ``parameters``, ``run_count``, ``scheduled_start_time``, ``flow_name``,
``flow_version``, ``parent_flow_run_id``, ``root_flow_run_id``, ``parent_deployment_id``, ``job_variables``, ``api_url``
and ``ui_url``. Each is asked for anew whenever it is read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.states import from_us
from tidemill.engine.context import FlowRunContext
from tidemill.runtime.attributes import address, lookup, type_cast
from tidemill.settings import get_current_settings
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["FIELDS", "type_cast"]


def get_id() -> str | None:
    """Its id; in a process that was started for a run, that run's."""
    flow = FlowRunContext.get()
    return flow.run_id if flow is not None else os.environ.get("TIDEMILL__FLOW_RUN_ID")


def get_tags() -> list[str]:
    """Its tags, sorted."""
    flow = FlowRunContext.get()
    return list(flow.tags) if flow is not None else []


def get_run_count() -> int:
    """How many times it has come to Running, this time included."""
    flow = FlowRunContext.get()
    return flow.run_count if flow is not None else 0


def get_name() -> str | None:
    """Its name."""
    flow = FlowRunContext.get()
    return flow.run_name if flow is not None else None


def get_flow_name() -> str | None:
    """The name of its flow."""
    flow = FlowRunContext.get()
    return flow.flow.name if flow is not None else None


def get_flow_version() -> str | None:
    """The version of its flow."""
    flow = FlowRunContext.get()
    return flow.flow.version if flow is not None else None


def get_scheduled_start_time() -> datetime:
    """When it was to start, UTC. A run that was called starts at once, so this is when the attempt began."""
    flow = FlowRunContext.get()
    return from_us(flow.start_us if flow is not None else SystemClock().now_us())


def get_parameters() -> dict[str, Any]:
    """What its flow was called with."""
    flow = FlowRunContext.get()
    return dict(flow.parameters) if flow is not None else {}


def get_parent_flow_run_id() -> str | None:
    """The flow run that called it, if it is a subflow run."""
    flow = FlowRunContext.get()
    around = flow.parent.flow_context if flow is not None and flow.parent is not None else None
    return around.run_id if around is not None else None


def get_parent_deployment_id() -> str | None:
    """The deployment of the flow run that called it."""
    return None  # runs of deployments come with the server; a run in this process has none


def get_root_flow_run_id() -> str | None:
    """The flow run that began it all; its own id unless it is a subflow run."""
    flow = FlowRunContext.get()
    return flow.root if flow is not None else get_id()


def get_flow_run_api_url() -> str | None:
    """Where the API has it; ``None`` without a server."""
    return address(get_current_settings().api.url, "flow-runs/flow-run", get_id())


def get_flow_run_ui_url() -> str | None:
    """Where the UI shows it; ``None`` without a UI."""
    return address(get_current_settings().ui_url, "flow-runs/flow-run", get_id())


def get_job_variables() -> dict[str, Any] | None:
    """Variables of the job that runs it; ``None`` outside of a run."""
    return {} if FlowRunContext.get() is not None else None


FIELDS: Final[dict[str, Callable[[], Any]]] = {
    "id": get_id,
    "tags": get_tags,
    "scheduled_start_time": get_scheduled_start_time,
    "name": get_name,
    "flow_name": get_flow_name,
    "parameters": get_parameters,
    "parent_flow_run_id": get_parent_flow_run_id,
    "parent_deployment_id": get_parent_deployment_id,
    "root_flow_run_id": get_root_flow_run_id,
    "run_count": get_run_count,
    "api_url": get_flow_run_api_url,
    "ui_url": get_flow_run_ui_url,
    "flow_version": get_flow_version,
    "job_variables": get_job_variables,
}


def __getattr__(name: str) -> Any:
    return lookup(__name__, FIELDS, name)


def __dir__() -> list[str]:
    return sorted(FIELDS)
