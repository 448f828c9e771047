"""The task run that this code is in. Outside of one the answers are empty.

Attributes: ``id``, ``name``, ``tags``, ``parameters``, ``run_count``, ``task_name``, ``api_url`` and ``ui_url``. Each
is asked for anew whenever it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.context import TaskRunContext
from tidemill.runtime.attributes import address, lookup, type_cast
from tidemill.settings import get_current_settings

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FIELDS", "type_cast"]


def get_id() -> str | None:
    """Its id."""
    run = TaskRunContext.get()
    return run.run_id if run is not None else None


def get_tags() -> list[str]:
    """Its tags, sorted."""
    run = TaskRunContext.get()
    return list(run.tags) if run is not None else []


def get_run_count() -> int:
    """How many times it has come to Running, this time included."""
    run = TaskRunContext.get()
    return run.run_count if run is not None else 0


def get_name() -> str | None:
    """Its name."""
    run = TaskRunContext.get()
    return run.run_name if run is not None else None


def get_task_name() -> str | None:
    """The name of its task."""
    run = TaskRunContext.get()
    return run.task.name if run is not None else None


def get_parameters() -> dict[str, Any]:
    """What its task was called with."""
    run = TaskRunContext.get()
    return dict(run.parameters) if run is not None else {}


def get_task_run_api_url() -> str | None:
    """Where the API has it; ``None`` without a server."""
    return address(get_current_settings().api.url, "task-runs/task-run", get_id())


def get_task_run_ui_url() -> str | None:
    """Where the UI shows it; ``None`` without a UI."""
    return address(get_current_settings().ui_url, "task-runs/task-run", get_id())


FIELDS: Final[dict[str, Callable[[], Any]]] = {
    "id": get_id,
    "tags": get_tags,
    "name": get_name,
    "parameters": get_parameters,
    "run_count": get_run_count,
    "task_name": get_task_name,
    "api_url": get_task_run_api_url,
    "ui_url": get_task_run_ui_url,
}


def __getattr__(name: str) -> Any:
    return lookup(__name__, FIELDS, name)


def __dir__() -> list[str]:
    return sorted(FIELDS)
