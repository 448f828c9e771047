"""Workers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from tidemill.wire.base import Id, Wire
from tidemill.wire.flow_runs import FlowRun


class WorkerFlowRunResponse(Wire):
    """A flow run that a worker is to run, and where it came from."""

    flow_run: FlowRun
    work_pool_id: Id
    work_queue_id: Id


class WorkerStatus(StrEnum):
    """Whether a worker is heard of."""

    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"


class WorkerResponse(Wire):
    """A worker, as it is answered."""

    id: Id
    name: str
    work_pool_id: Id
    created: datetime | None = None
    heartbeat_interval_seconds: int | None = None
    last_heartbeat_time: datetime | None = None
    status: WorkerStatus = WorkerStatus("OFFLINE")
    updated: datetime | None = None
