"""Under which keys of a run's inputs a question and its answer stand."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast

from tidemill.domain.states import State, StateType
from tidemill.engine.pausing import keyset_of

#: The keys of a question's words, of its schema, and of the answer.
Keyset: TypeAlias = dict[Literal["description", "response", "schema"], str]


def keyset_from_base_key(base_key: str) -> Keyset:
    """The keys that begin with ``base_key``."""
    return cast("Keyset", keyset_of(base_key))


def keyset_from_paused_state(state: State[Any]) -> Keyset:
    """The keys of what a paused run asks. Raises ``RuntimeError`` for a state of another type."""
    if state.type is not StateType.PAUSED:
        raise RuntimeError(f"expected a paused state, got {state!r}: only pauses ask for input")
    return keyset_from_base_key(f"{state.name.lower()}-{state.state_details.pause_key}")
