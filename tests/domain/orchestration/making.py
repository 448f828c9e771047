"""Runs, states and facts for tables of rules: what a test does not say is the plainest that fits together."""

from __future__ import annotations

from typing import Any

from tidemill.domain.orchestration import Facts, FlowRunFacts, PresentState, ProposedState, TaskRunFacts, standing
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.orchestration.verdicts import Abort, Accept, Reject, Wait
from tidemill.domain.states import DEFAULT_NAME, NAMES_BY_TYPE, TERMINAL_STATES, StateDetails, StateType, from_us

SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
RESULT = {"type": "reference", "key": "some/where"}
NO_RESULT = {"type": "unpersisted"}
_TYPE_OF = {name: kind for kind, names in NAMES_BY_TYPE.items() for name in names} | {"NotReady": StateType.PAUSED}


def proposing(name: str, *, data: Any = None, message: str | None = None, **details: Any) -> ProposedState:
    """A state that somebody proposes now, by its name (or a type's). Details that are times are seconds from now."""
    kind = StateType[name] if name in StateType.__members__ else _TYPE_OF[name]
    said = StateDetails(**{key: _moment(key, value) for key, value in details.items()})
    own_name = DEFAULT_NAME[kind] if name == kind else name
    return proposed_state(kind, own_name, now_us=NOW, details=said, data=data, message=message)


def _moment(key: str, value: Any) -> Any:
    is_time = key in ("scheduled_time", "pause_timeout", "cache_expiration")
    return from_us(NOW + round(value * SECOND)) if is_time and value is not None else value


def being(name: str | None, *, since: float = -5, **said: Any) -> PresentState | None:
    """A state that a run has had for a while, by its name."""
    if name is None:
        return None
    state = proposing(name, **({"scheduled_time": since} if name == "Scheduled" else {}) | said)
    fields = {field: getattr(state, field) for field in ProposedState.__struct_fields__}
    return PresentState(**fields | {"id": f"state-{name}", "timestamp_us": NOW + round(since * SECOND)})


def flow_run(state: str | PresentState | None = None, **facts: Any) -> FlowRunFacts:
    """A flow run in a state."""
    return FlowRunFacts(**{"id": "flow-run", **_row(state), **facts})


def task_run(state: str | PresentState | None = None, **facts: Any) -> TaskRunFacts:
    """A task run in a state, of a flow run."""
    return TaskRunFacts(**{"id": "task-run", "flow_run_id": "flow-run", "task_key": "task", **_row(state), **facts})


def _row(state: str | PresentState | None) -> dict[str, Any]:
    present = state if isinstance(state, PresentState) else being(state)
    row: dict[str, Any] = dict(standing(present))
    if present is not None:
        row["expected_start_us"] = present.timestamp_us
        if present.type in TERMINAL_STATES:
            row |= {"start_us": present.timestamp_us, "end_us": present.timestamp_us}
        if present.type is StateType.RUNNING:
            row |= {"start_us": present.timestamp_us, "run_count": 1}
    return row


def knowing(**facts: Any) -> Facts:
    """What was looked up, now."""
    return Facts(**{"now_us": NOW, "new_lease_id": "new-lease", **facts})


def told(verdict: Any) -> str:
    """A verdict in a word or two, for tables: ``ACCEPT``, ``REJECT``, ``REJECT Cancelled``, ``WAIT 10``, ``ABORT``."""
    match verdict:
        case Accept():
            return "ACCEPT"
        case Reject(state=None):
            return "REJECT"
        case Reject():
            return f"REJECT {verdict.state.name}"
        case Wait():
            return f"WAIT {verdict.delay_seconds}"
        case Abort():
            return "ABORT"
    raise AssertionError(f"no verdict: {verdict!r}")
