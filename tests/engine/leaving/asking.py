"""Asking a run to leave its process."""

from __future__ import annotations

import threading
from uuid import UUID

from tidemill.engine.context import FlowRunContext
from tidemill.flow_runs import (
    suspend_flow_run,
)


def this_root() -> UUID:
    return UUID(FlowRunContext.get().root)


def suspend_from_elsewhere(run_id: UUID, **how) -> None:
    """As another thread or process would, and seen when this returns."""
    thread = threading.Thread(target=suspend_flow_run, kwargs={"flow_run_id": run_id, **how})
    thread.start()
    thread.join()
