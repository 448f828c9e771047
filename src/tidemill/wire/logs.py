"""Log lines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tidemill.wire.base import Body, Id, Int, Wire


class Log(Wire):
    """A log, as it is answered."""

    id: Id
    level: int
    message: str
    name: str
    timestamp: datetime
    created: datetime | None = None
    flow_run_id: Id | None = None
    task_run_id: Id | None = None
    updated: datetime | None = None


class LogCreate(Body):
    """What a log is made from."""

    level: Int
    message: str
    name: str
    timestamp: datetime
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class LogSort(StrEnum):
    """In which order logs are answered."""

    TIMESTAMP_ASC = "TIMESTAMP_ASC"
    TIMESTAMP_DESC = "TIMESTAMP_DESC"
