"""A result that was kept is not lost by a later state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.states import REOPENING, StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import PresentState, ProposedState


def loses_result(present: PresentState | None, proposed: ProposedState) -> str | None:
    """Why a completed run with a kept result may not go to the proposed state; ``None`` where it may."""
    if present is None or present.type is not StateType.COMPLETED or not present.has_result:
        return None
    if proposed.type in REOPENING:
        return "The run is completed and its result is kept, so it is not run again. Start a new run instead."
    return replaces_result(present, proposed)


def replaces_result(present: PresentState | None, proposed: ProposedState) -> str | None:
    """Why a completed run with a kept result may not be completed without one; ``None`` where it may."""
    if present is None or present.type is not StateType.COMPLETED or not present.has_result:
        return None
    if proposed.type is not StateType.COMPLETED or proposed.has_result:
        return None
    return "The run is completed and its result is kept; the proposed state has none and would lose it."
