"""From rows to what is answered over REST, column for field, JSON columns as they stand.

These are read by the hundred in one request, so a row is taken apart by position and nothing in it is decoded that does
not have to be. A struct made here may hold ``msgspec.Raw`` where the wire has an object.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

from tidemill.domain.retries import RetryPolicy
from tidemill.domain.states import TERMINAL_STATES, from_us
from tidemill.wire.policies import FlowRunPolicy, TaskRunPolicy
from tidemill.wire.states import State

_P = TypeVar("_P", FlowRunPolicy, TaskRunPolicy)
SECOND_US: Final = 1_000_000
EMPTY_LIST: Final = msgspec.Raw(b"[]")
EMPTY_OBJECT: Final = msgspec.Raw(b"{}")


class Details(msgspec.Struct):
    """A state's details on their way out: the wire's fields, ids and times as the texts they are kept as."""

    cache_expiration: str | None = None
    cache_key: str | None = None
    child_flow_run_id: str | None = None
    deferred: bool | None = False
    deployment_concurrency_lease_id: str | None = None
    flow_run_id: str | None = None
    pause_key: str | None = None
    pause_reschedule: bool = False
    pause_timeout: str | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    run_input_keyset: dict[str, str] | None = None
    scheduled_time: str | None = None
    task_parameters_id: str | None = None
    task_run_id: str | None = None
    traceparent: str | None = None
    transition_id: str | None = None
    untrackable_result: bool = False
    #: How embedded runs say when a retry is due, in microseconds.
    scheduled_us: int | msgspec.UnsetType | None = msgspec.UNSET


decode_details: Final = msgspec.json.Decoder(Details, strict=False).decode


def details_of(text: str | None, flow_run_id: str | None, task_run_id: str | None) -> Details:
    """What a state says, and whose it is where it does not say that itself."""
    details = Details() if text is None else decode_details(text)
    if details.flow_run_id is None:
        details.flow_run_id = flow_run_id
    if details.task_run_id is None:
        details.task_run_id = task_run_id
    if isinstance(details.scheduled_us, int):
        details.scheduled_time = from_us(details.scheduled_us).isoformat()
        details.scheduled_us = msgspec.UNSET
    return details


def state(
    id_: str, kind: str, name: str, message: str | None, timestamp_us: int, details: Details, data: str | None
) -> State:
    """A state as it is answered."""
    kept: Any = None if data is None else raw(data)
    # by position, in the order of the fields
    return State(id_, kind, kept, message, name, details, moment(timestamp_us))  # type: ignore[arg-type]


def raw(text: str) -> Any:
    """JSON that goes out as it stands."""
    if text == "{}":
        return EMPTY_OBJECT
    if text == "[]":
        return EMPTY_LIST
    return msgspec.Raw(text.encode())


@lru_cache(16384)
def moment(us: int | None) -> datetime | None:
    """A time that may not have come. A run says the same time several times over, and is asked for again and again."""
    return None if us is None else _SINCE + timedelta(0, *divmod(us, SECOND_US))


_SINCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(1024)
def flow_run_policy(text: str) -> FlowRunPolicy:
    """The policy of a flow run, as clients said it or its process recorded it; what is no part of it is left out."""
    return _policy(text, FlowRunPolicy)


@lru_cache(1024)
def task_run_policy(text: str | None) -> TaskRunPolicy:
    """The policy of a task run, likewise."""
    return _policy(text or "{}", TaskRunPolicy)


def _policy(text: str, kind: type[_P]) -> _P:
    said = msgspec.json.decode(text)
    recorded = _as_recorded(said, kind) if "count" in said else {}
    kept = {name: value for name, value in said.items() if value is not None}
    return msgspec.convert(recorded | kept, kind, strict=False)


def _as_recorded(said: Any, kind: type[FlowRunPolicy | TaskRunPolicy]) -> dict[str, Any]:
    """What the process of a run recorded, as far as the wire can say it: of flow runs, one delay of whole seconds."""
    policy = msgspec.convert(said, RetryPolicy, strict=False)
    shown: dict[str, Any] = {"retries": policy.count}
    if policy.delays and kind is FlowRunPolicy:
        shown |= {"retry_delay": round(policy.delays[0]), "retry_delay_seconds": policy.delays[0]}
    elif policy.delays:
        shown["retry_delay"] = policy.delays[0] if len(policy.delays) == 1 else policy.delays
    if policy.jitter is not None:
        shown["retry_jitter_factor"] = policy.jitter
    return shown


def estimated_run_time(total_us: int, state_type: str | None, state_us: int | None, now: int) -> float:
    """Seconds that a run ran, up to now if it is running."""
    if state_type == "RUNNING" and state_us is not None:
        total_us += max(0, now - state_us)
    return total_us / SECOND_US


def estimated_delta(start_us: int | None, expected_us: int | None, state_type: str | None, now: int) -> float:
    """By how many seconds a run began late; if it has not begun, and is not over, by how many it is late now."""
    if expected_us is None:
        return 0.0
    if start_us is not None:
        return max(0, start_us - expected_us) / SECOND_US
    if state_type in _OVER:
        return 0.0
    return max(0, now - expected_us) / SECOND_US


_OVER: Final = frozenset(TERMINAL_STATES)
