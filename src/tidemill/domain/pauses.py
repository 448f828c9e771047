"""Pauses: what resuming one means, and what became of one, as its run's states tell it.

A pause is passed only by a decision, and the decision's state has an id that follows from the paused state's. So what
else may take a run out of a pause (a kill, a retry, an interrupt) never counts as somebody's leave to go on.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.identity import derived_uuid, uuid_text
from tidemill.domain.runs import RunState
from tidemill.domain.states import StateDetails, StateType, from_us, to_us
from tidemill.exceptions import NotPausedError

if TYPE_CHECKING:
    from collections.abc import Iterable

SUSPENDED: Final = "Suspended"


class Suspension(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody asks of a run that is not theirs: leave your process and wait for a person.

    ``key`` names the pause, if it is to have a name; ``until_us`` is the moment from which on it is too late to resume.
    """

    key: str | None = None
    until_us: int | None = None

    def details(self) -> StateDetails:
        """What the state says that the run waits in."""
        return StateDetails(
            pause_key=self.key,
            pause_reschedule=True,
            pause_timeout=None if self.until_us is None else from_us(self.until_us),
        )


#: What the state says that such a run waits in.
ASKED_TO_LEAVE: Final = "Somebody asked for the run to be suspended."


class PauseOutcome(Enum):
    """How a pause ended."""

    RESUMED = "resumed"
    TIMED_OUT = "timed out"


def pause_outcome(states: Iterable[RunState], key: str) -> PauseOutcome | None:
    """What became of the latest pause under ``key``; ``None`` if there was none, or nobody has decided."""
    outcome = paused = None
    for state in states:
        if state.type is StateType.PAUSED and state.state_details.get("pause_key") == key:
            outcome, paused = None, state.id
        elif paused is not None:
            ends = {resumed_id(paused): PauseOutcome.RESUMED, timed_out_id(paused): PauseOutcome.TIMED_OUT}
            outcome, paused = ends.get(state.id), None
    return outcome


def resumed_id(paused_id: str) -> str:
    """The id of the state that somebody's leave to go on brings about."""
    return uuid_text(derived_uuid(b"resumed", paused_id.encode()))


def timed_out_id(paused_id: str) -> str:
    """The id of the state that a pause without an answer leads to."""
    return uuid_text(derived_uuid(b"pause-timed-out", paused_id.encode()))


def deadline_us(paused: RunState) -> int | None:
    """Until when a pause waits; ``None`` for ever."""
    until: Any = paused.state_details.get("pause_timeout")
    if until is None:
        return None
    from datetime import datetime  # noqa: PLC0415 - pauses without a time-out never need it

    return to_us(datetime.fromisoformat(until))


def goes_on_as(*, held: bool) -> tuple[StateType, str]:
    """The type and name of the state that leave leads to: at once in the process that holds the run, or taken up."""
    return (StateType.RUNNING, "Running") if held else (StateType.SCHEDULED, "Resuming")


def resumption(name: str, present: RunState | None, *, held: bool, now: int) -> RunState:
    """The state that resuming the run called ``name`` leads to, if its present state is a pause.

    Running where a live process waits in the pause; Resuming where whoever takes the run is to go on with it; Failed
    where it is too late and nobody else would say so. Raises ``NotPausedError`` where there is nothing to resume.
    """
    if present is None or present.type is not StateType.PAUSED:
        is_now = present.name if present is not None else "without a state"
        raise NotPausedError(f"flow run {name!r} is not paused but {is_now}, so it cannot be resumed")
    until = deadline_us(present)
    if until is None or now < until:
        kind, state_name = goes_on_as(held=held)
        scheduled: dict[str, Any] = {} if held else {"scheduled_time": from_us(now).isoformat()}
        return RunState(
            id=resumed_id(present.id), type=kind, name=state_name, timestamp=from_us(now), state_details=scheduled
        )
    if held:
        raise NotPausedError(f"flow run {name!r} cannot be resumed: its pause has just timed out")
    return RunState(
        id=timed_out_id(present.id),
        type=StateType.FAILED,
        name="Failed",
        timestamp=from_us(now),
        message=timed_out_message(present.name),
    )


def timed_out(paused_id: str, now: int) -> RunState:
    """The state of a process that goes on after waiting in vain; its flow hears of it by ``FlowPauseTimeout``."""
    return RunState(
        id=timed_out_id(paused_id),
        type=StateType.RUNNING,
        name="Running",
        timestamp=from_us(now),
        message=timed_out_message("Paused"),
    )


def timed_out_message(state_name: str) -> str:
    """What happened when nobody answered."""
    return f"The flow run was {state_name.lower()}, and nobody resumed it in time"
