"""States and the one table that says which may follow which.

Names and types are those of the field's REST API, since they cross the wire and stand in the database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

import msgspec

from tidemill.domain.values import Handle, result_of
from tidemill.exceptions import InputError

R = TypeVar("R")


class StateType(StrEnum):
    """The nine kinds of state a run can be in."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    CRASHED = "CRASHED"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"


_S = StateType

TERMINAL_STATES: Final = frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED, _S.CRASHED})

#: Every name that a state of the type may carry; the first is the type's own.
NAMES_BY_TYPE: Final[dict[StateType, tuple[str, ...]]] = {
    _S.SCHEDULED: ("Scheduled", "Late", "AwaitingRetry", "AwaitingConcurrencySlot", "Resuming"),
    _S.PENDING: ("Pending", "Submitting", "InfrastructurePending", "NotReady"),
    _S.RUNNING: ("Running", "Retrying", "Rerunning"),
    _S.COMPLETED: ("Completed", "Cached", "RolledBack"),
    _S.FAILED: ("Failed", "TimedOut"),
    _S.CANCELLED: ("Cancelled",),
    _S.CRASHED: ("Crashed",),
    _S.PAUSED: ("Paused", "Suspended", "NotReady"),
    _S.CANCELLING: ("Cancelling",),
}
DEFAULT_NAME: Final[dict[StateType, str]] = {kind: names[0] for kind, names in NAMES_BY_TYPE.items()}

#: What may follow what within one attempt. ``None`` stands for "no state yet".
LEGAL: Final[dict[StateType | None, frozenset[StateType]]] = {
    None: frozenset(_S),
    _S.SCHEDULED: frozenset(_S),
    _S.PENDING: frozenset(_S),
    _S.RUNNING: frozenset(_S) - {_S.PENDING},
    _S.PAUSED: frozenset(_S) - {_S.COMPLETED},
    _S.CANCELLING: frozenset({_S.CANCELLED, _S.CRASHED}),
    _S.COMPLETED: frozenset({_S.COMPLETED}),  # RolledBack
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.CRASHED: frozenset(),
}

#: What ``resume`` and ``retry``, and nothing else, may do to a finished run: begin another attempt.
REOPENING: Final = frozenset({_S.SCHEDULED, _S.PENDING, _S.RUNNING})


class IllegalTransitionError(InputError, ValueError):
    """A run was asked to go where its present state does not lead."""


def check_transition(old: StateType | None, new: StateType, *, new_attempt: bool = False) -> None:
    """Refuse a step that the table does not have; ``new_attempt`` is for resume and retry."""
    if new in LEGAL[old] or (new_attempt and old in TERMINAL_STATES and new in REOPENING):
        return
    raise IllegalTransitionError(f"a run in state {old} cannot become {new}")


class StateDetails(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a state says beyond its type, name and message. Field names are the wire's; times are UTC."""

    flow_run_id: str | None = None
    task_run_id: str | None = None
    child_flow_run_id: str | None = None
    scheduled_time: datetime | None = None
    cache_key: str | None = None
    cache_expiration: datetime | None = None
    deferred: bool | None = None
    untrackable_result: bool = False
    pause_timeout: datetime | None = None
    pause_reschedule: bool = False
    pause_key: str | None = None
    run_input_keyset: dict[str, str] | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    transition_id: str | None = None
    task_parameters_id: str | None = None
    traceparent: str | None = None
    deployment_concurrency_lease_id: str | None = None


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST_US: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST_US: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """A UTC time from microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def to_us(moment: datetime) -> int:
    """Microseconds since 1970; a naive time is read as UTC. What no UTC time can say is its first or last moment."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    delta = moment - _EPOCH
    us = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    return us if _FIRST_US <= us <= _LAST_US else max(_FIRST_US, min(us, _LAST_US))


class State(Generic[R]):
    """What a run is at one moment: a type, a name, maybe a message, and what came of it.

    ``data`` is the value itself, the exception, or a handle that can fetch either; ask through ``tidemill.states``.
    """

    __slots__ = ("_details", "_id", "data", "message", "name", "timestamp_us", "type")

    def __init__(
        self,
        type: StateType,  # noqa: A002
        name: str | None = None,
        message: str | None = None,
        data: Any = None,
        *,
        timestamp_us: int = 0,
        state_details: StateDetails | None = None,
        id: str | None = None,  # noqa: A002
        timestamp: datetime | None = None,
    ) -> None:
        self.type = type if type.__class__ is StateType else StateType(type)
        self.name = name or DEFAULT_NAME[type]
        self.message = message
        self.data = data
        self.timestamp_us = timestamp_us if timestamp is None else to_us(timestamp)
        self._details = state_details
        self._id = id

    @property
    def id(self) -> str:
        """The state's own id, made when first asked for."""
        if self._id is None:
            self._id = str(uuid4())
        return self._id

    def identified(self, as_id: str) -> str:
        """The state's id; ``as_id`` becomes it if nobody has asked before, which costs less than making one up."""
        if self._id is None:
            self._id = as_id
        return self._id

    @property
    def state_details(self) -> StateDetails:
        """What the state says beyond type, name and message; made when first asked for."""
        if self._details is None:
            self._details = StateDetails()
        return self._details

    @property
    def timestamp(self) -> datetime:
        """When the run came into this state, UTC."""
        return from_us(self.timestamp_us)

    def is_scheduled(self) -> bool:
        """Wait for its time."""
        return self.type is _S.SCHEDULED

    def is_pending(self) -> bool:
        """About to run."""
        return self.type is _S.PENDING

    def is_running(self) -> bool:
        """Held by a live process."""
        return self.type is _S.RUNNING

    def is_completed(self) -> bool:
        """Ended well."""
        return self.type is _S.COMPLETED

    def is_failed(self) -> bool:
        """Ended by an error of the user's code."""
        return self.type is _S.FAILED

    def is_crashed(self) -> bool:
        """Ended by what is outside the user's code: a signal, a kill, a lost machine."""
        return self.type is _S.CRASHED

    def is_cancelled(self) -> bool:
        """Ended because somebody asked for it."""
        return self.type is _S.CANCELLED

    def is_cancelling(self) -> bool:
        """Asked to end, not there yet."""
        return self.type is _S.CANCELLING

    def is_paused(self) -> bool:
        """Wait for somebody."""
        return self.type is _S.PAUSED

    def is_final(self) -> bool:
        """Nothing more happens in this attempt."""
        return self.type in TERMINAL_STATES

    def result(self, raise_on_failure: bool = True, retry_result_failure: bool = True) -> R:  # noqa: ARG002
        """The run's value. A bad state raises what it stands for, or returns it when ``raise_on_failure`` is false.

        Raises ``UnfinishedRun`` for a run that is not over and ``MissingResult`` where the value was not kept.
        ``retry_result_failure`` has no effect: reading a result waits for its storage by itself.
        """
        value: R = result_of(self, raise_on_failure=raise_on_failure)
        return value

    async def aresult(self, raise_on_failure: bool = True, retry_result_failure: bool = True) -> R:
        """As ``result``, without holding up the event loop."""
        import asyncio  # noqa: PLC0415 - synchronous flows never load it

        if not isinstance(self.data, Handle):
            return self.result(raise_on_failure, retry_result_failure)
        return await asyncio.to_thread(self.result, raise_on_failure, retry_result_failure)

    def fresh_copy(self, **changes: Any) -> State[R]:
        """A copy with an id of its own; keyword arguments replace fields."""
        fields: dict[str, Any] = {
            "type": self.type,
            "name": self.name,
            "message": self.message,
            "data": self.data,
            "timestamp_us": self.timestamp_us,
            "state_details": msgspec.structs.replace(self._details) if self._details is not None else None,
        }
        return State(**(fields | changes))

    def __eq__(self, other: object) -> bool:
        """States are equal when they say the same thing; id and time do not count."""
        if not isinstance(other, State):
            return NotImplemented
        return (self.type, self.name, self.message, self.data) == (other.type, other.name, other.message, other.data)

    def __hash__(self) -> int:
        """By what a state keeps: states may stand in sets, as those of a set of futures do."""
        return hash((self.type, self.name))

    def __str__(self) -> str:
        """As log lines have it: the name and the message, and the type where the name does not tell."""
        said = [repr(self.message)] if self.message else []
        if self.name != DEFAULT_NAME[self.type]:
            said.append(f"type={self.type}")
        return f"{self.name}({', '.join(said)})"

    def __repr__(self) -> str:
        said = f"message={self.message!r}, " if self.message else ""
        return f"{self.name}({said}type={self.type})"
