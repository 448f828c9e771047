"""What a state change is judged by beside the run itself: who asks, when, under which settings; and what came of it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.orchestration.facts import PresentState, RunPolicy, run_policy
from tidemill.domain.orchestration.proposals import keeps_result
from tidemill.domain.states import StateDetails, StateType, from_us
from tidemill.store.answering import details_of, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.domain.orchestration.judging import Judgement
    from tidemill.wire.states import State


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """Of a judgement. ``now`` is microseconds since 1970; ``new_id`` makes ids up, ``chance`` numbers from 0 to 1.

    ``lease_seconds`` is how long a slot of a deployment is held without being renewed; what follows is as in ``Facts``.
    """

    now: int
    new_id: Callable[[], str]
    chance: Callable[[], float]
    client_version: str | None = None
    lease_seconds: float = 300.0
    slot_wait_seconds: float = 30.0
    requeue_seconds: float = 30.0
    longest_cache_key: int = 2000


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a proposed state. ``state`` is the one the run is in; ``None`` for a run without any."""

    status: str
    details: dict[str, Any]
    state: State | None
    written: bool


class KeptDetails(StateDetails, kw_only=True):
    """Details as they may stand in a row; embedded runs say in microseconds when a retry is due."""

    scheduled_us: int | None = None


_decode: Final = msgspec.json.Decoder(KeptDetails, strict=False).decode
_encode: Final = msgspec.json.Encoder().encode


def present_state(
    id_: str,
    kind: str,
    name: str,
    timestamp_us: int,
    message: str | None,
    details: str | None,
    *,
    data: str | None,
    has_kept: int,
) -> PresentState:
    """The state that a row says its run is in; ``data`` is JSON. ``has_kept``: an embedded run kept its result."""
    kept = msgspec.Raw(data.encode()) if data is not None else None
    said = StateDetails() if details is None else _decode(details)
    if isinstance(said, KeptDetails) and said.scheduled_us is not None and said.scheduled_time is None:
        said.scheduled_time = from_us(said.scheduled_us)
    return PresentState(
        id=id_,
        type=StateType(kind),
        name=name,
        timestamp_us=timestamp_us,
        message=message,
        details=said,
        data=kept,
        has_result=bool(has_kept) or (data is not None and keeps_result(msgspec.json.decode(data))),
    )


@lru_cache(1024)
def kept_policy(text: str | None) -> RunPolicy:
    """What a row says of trying again."""
    return run_policy(msgspec.json.decode(text or "{}"))


def kept_details(details: StateDetails) -> str | None:
    """As a row keeps them: what is not at its default."""
    text = _encode(details).decode()
    return None if text == "{}" else text


def kept_data(data: Any) -> str | None:
    """As a row keeps it: JSON."""
    return None if data is None else _encode(data).decode()


def outcome(judgement: Judgement[Any], state_id: str, flow_run_id: str | None, task_run_id: str | None) -> Outcome:
    """As it is answered: the state that was written, or else the one that the run stays in."""
    written: ProposedState | None = judgement.state
    shown = written
    if written is None:
        shown = judgement.run.state
        state_id = shown.id if shown is not None else state_id
    return Outcome(
        status=judgement.status,
        details=judgement.details(),
        state=None if shown is None else answered(shown, state_id, flow_run_id, task_run_id),
        written=written is not None,
    )


def answered(shown: ProposedState, state_id: str, flow_run_id: str | None, task_run_id: str | None) -> State:
    """A judged state, as it is answered."""
    details = details_of(kept_details(shown.details), flow_run_id, task_run_id)
    data = kept_data(shown.data)
    return state(state_id, shown.type, shown.name, shown.message, shown.timestamp_us, details, data)
