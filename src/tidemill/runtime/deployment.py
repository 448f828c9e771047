"""The deployment whose run this code is in. Without one only ``flow_run_id`` and ``parameters`` are not empty.

Attributes: ``id``, ``name``, ``version``, ``flow_run_id`` and ``parameters``, those of the flow run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.context import FlowRunContext
from tidemill.runtime import flow_run
from tidemill.runtime.attributes import lookup, type_cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FIELDS", "type_cast"]


def get_id() -> str | None:
    """Its id."""
    flow = FlowRunContext.get()
    found = flow.flow_run.deployment_id if flow is not None else None
    return str(found) if found is not None else None


def get_name() -> str | None:
    """Its name."""
    return None  # a run that was called has no deployment; those that have come with the server


def get_version() -> str | None:
    """Its version."""
    return None  # as get_name


def get_flow_run_id() -> str | None:
    """The flow run that this code is in."""
    return flow_run.get_id()


def get_parameters() -> dict[str, Any]:
    """What the flow run was given."""
    return flow_run.get_parameters()


FIELDS: Final[dict[str, Callable[[], Any]]] = {
    "id": get_id,
    "flow_run_id": get_flow_run_id,
    "parameters": get_parameters,
    "name": get_name,
    "version": get_version,
}


def __getattr__(name: str) -> Any:
    return lookup(__name__, FIELDS, name)


def __dir__() -> list[str]:
    return sorted(FIELDS)
