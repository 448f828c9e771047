"""tidemill: plain functions become durable, observable flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill._version import __version__

if TYPE_CHECKING:
    from tidemill import runtime
    from tidemill.client.orchestration import get_client
    from tidemill.context import tags
    from tidemill.domain.states import State
    from tidemill.flow_runs import (
        apause_flow_run,
        aresume_flow_run,
        asuspend_flow_run,
        pause_flow_run,
        resume_flow_run,
        suspend_flow_run,
    )
    from tidemill.flows import Flow, flow
    from tidemill.logging import get_run_logger
    from tidemill.tasks import Task, task
    from tidemill.transactions import Transaction
    from tidemill.utilities.annotations import allow_failure, unmapped

#: Where each public name lives; loaded when it is first asked for, so that importing one does not load them all.
_HOMES = {
    "Flow": "tidemill.flows",
    "State": "tidemill.domain.states",
    "Task": "tidemill.tasks",
    "Transaction": "tidemill.transactions",
    "allow_failure": "tidemill.utilities.annotations",
    "apause_flow_run": "tidemill.flow_runs",
    "aresume_flow_run": "tidemill.flow_runs",
    "asuspend_flow_run": "tidemill.flow_runs",
    "flow": "tidemill.flows",
    "get_client": "tidemill.client.orchestration",
    "get_run_logger": "tidemill.logging.loggers",
    "pause_flow_run": "tidemill.flow_runs",
    "resume_flow_run": "tidemill.flow_runs",
    "suspend_flow_run": "tidemill.flow_runs",
    "tags": "tidemill.context",
    "task": "tidemill.tasks",
    "unmapped": "tidemill.utilities.annotations",
}

#: Modules that are public names themselves.
_MODULES = frozenset({"runtime"})

__all__ = [
    "Flow",
    "State",
    "Task",
    "Transaction",
    "__version__",
    "allow_failure",
    "apause_flow_run",
    "aresume_flow_run",
    "asuspend_flow_run",
    "flow",
    "get_client",
    "get_run_logger",
    "pause_flow_run",
    "resume_flow_run",
    "runtime",
    "suspend_flow_run",
    "tags",
    "task",
    "unmapped",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    if name in _MODULES:
        return import_module(f"tidemill.{name}")
    if name not in _HOMES:
        from tidemill.suggestions import did_you_mean  # noqa: PLC0415

        raise AttributeError(f"module 'tidemill' has no attribute {name!r}{did_you_mean(name, _HOMES)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
