"""Making states: what a client proposes, and what rules propose instead."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tidemill.domain.orchestration.facts import ProposedState
from tidemill.domain.states import DEFAULT_NAME, StateDetails, StateType, from_us

#: How the data of a state says that it is no result that could be read again.
_UNPERSISTED: Final = "unpersisted"


def proposed_state(
    kind: StateType,
    name: str | None = None,
    *,
    now_us: int,
    message: str | None = None,
    details: StateDetails | None = None,
    data: Any = None,
    id: str | None = None,  # noqa: A002 - as the wire calls it
) -> ProposedState:
    """A state as somebody proposes it at ``now_us``; what is scheduled without a time is due at once."""
    details = details or StateDetails()
    if kind is StateType.SCHEDULED and details.scheduled_time is None:
        details = msgspec.structs.replace(details, scheduled_time=from_us(now_us))
    return ProposedState(
        id=id,
        type=kind,
        name=name or DEFAULT_NAME[kind],
        timestamp_us=now_us,
        message=message,
        details=details,
        data=data,
        has_result=keeps_result(data),
    )


def keeps_result(data: Any) -> bool:
    """Whether a state's data, as the wire has it, leads to a result that can be read again."""
    return data is not None and not (isinstance(data, dict) and data.get("type") == _UNPERSISTED)


def with_details(state: ProposedState, **changes: Any) -> ProposedState:
    """The state, saying something else in its details."""
    return msgspec.structs.replace(state, details=msgspec.structs.replace(state.details, **changes))


def scheduled_at(name: str, at_us: int, *, now_us: int, message: str | None = None) -> ProposedState:
    """A scheduled state under a name of its own, due at ``at_us``."""
    details = StateDetails(scheduled_time=from_us(at_us))
    return proposed_state(StateType.SCHEDULED, name, now_us=now_us, message=message, details=details)


def microseconds(seconds: float) -> int:
    """Seconds as the facts count them."""
    return round(seconds * 1_000_000)
