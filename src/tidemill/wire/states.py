"""States, what is proposed and what was decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import field

from tidemill.domain.states import StateType
from tidemill.wire.base import Body, Id, Wire


class CountByState(Wire):
    """How many task runs are in each type of state."""

    CANCELLED: int = 0
    CANCELLING: int = 0
    COMPLETED: int = 0
    CRASHED: int = 0
    FAILED: int = 0
    PAUSED: int = 0
    PENDING: int = 0
    RUNNING: int = 0
    SCHEDULED: int = 0


class HistoryResponseState(Wire):
    """How many runs of an interval were in a state."""

    count_runs: int
    state_name: str
    state_type: StateType
    sum_estimated_lateness: float
    sum_estimated_run_time: float


class HistoryResponse(Wire):
    """How many runs were in which state, in one interval of time."""

    interval_end: datetime
    interval_start: datetime
    states: list[HistoryResponseState]


class SetStateStatus(StrEnum):
    """What became of a proposed state."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    ABORT = "ABORT"
    WAIT = "WAIT"


class StateResponseDetails(Wire, tag_field="type"):
    """Why a proposed state was or was not set; ``type`` says which of the four it is."""

    @property
    def type(self) -> str:
        """Which one, as the wire has it."""
        return str(self.__struct_config__.tag)


class StateAbortDetails(StateResponseDetails, tag="abort_details"):
    """The run shall not go on, and why."""

    reason: str | None = None


class StateAcceptDetails(StateResponseDetails, tag="accept_details"):
    """The state was accepted."""


class StateDetails(Wire):
    """What a state says beyond its type, name and message."""

    cache_expiration: datetime | None = None
    cache_key: str | None = None
    child_flow_run_id: UUID | None = None
    deferred: bool | None = False
    deployment_concurrency_lease_id: UUID | None = None
    flow_run_id: UUID | None = None
    pause_key: str | None = None
    pause_reschedule: bool = False
    pause_timeout: datetime | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    run_input_keyset: dict[str, str] | None = None
    scheduled_time: datetime | None = None
    task_parameters_id: UUID | None = None
    task_run_id: UUID | None = None
    traceparent: str | None = None
    transition_id: UUID | None = None
    untrackable_result: bool = False


class State(Wire):
    """What a run is, or was, at one moment."""

    id: Id
    type: StateType
    data: Any = None
    message: str | None = None
    name: str | None = None
    state_details: StateDetails = field(default_factory=StateDetails)
    timestamp: datetime | None = None


class StateCreate(Body):
    """A state that is proposed for a run."""

    type: StateType
    data: Any = None
    message: str | None = None
    name: str | None = None
    state_details: StateDetails = field(default_factory=StateDetails)


class StateRejectDetails(StateResponseDetails, tag="reject_details"):
    """Another state was set, or none, and why."""

    reason: str | None = None


class StateWaitDetails(StateResponseDetails, tag="wait_details"):
    """Too early: ask again after so many seconds."""

    delay_seconds: int
    reason: str | None = None


class FlowRunOrchestrationResult(Wire):
    """What became of a state that was proposed for one of many flow runs."""

    details: StateAcceptDetails | StateWaitDetails | StateRejectDetails | StateAbortDetails
    flow_run_id: Id
    status: SetStateStatus
    state: State | None = None


class OrchestrationResult(Wire):
    """What became of a proposed state, and the state the run is in."""

    details: StateAcceptDetails | StateWaitDetails | StateRejectDetails | StateAbortDetails
    state: State | None
    status: SetStateStatus


class TimeUnit(StrEnum):
    """The unit of the intervals in which events are counted."""

    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"
