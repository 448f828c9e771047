"""The value behind a state that came from a server: fetched when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.values import Handle, missing_result

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.domain.states import State


class KeptValue(Handle):
    """What a run returned or raised, as it was kept by the home or server that this process records into."""

    __slots__ = ("_completed", "_run_id")

    def __init__(self, run_id: UUID, *, completed: bool) -> None:
        self._run_id = str(run_id)
        self._completed = completed

    def get(self) -> Any:
        """The value; for a run that went wrong, None where its exception was not kept.

        Raises MissingResult where a value was not kept, or only somewhere else.
        """
        from tidemill.engine.persistence import load  # noqa: PLC0415 - loads the engine
        from tidemill.engine.runtime import runtime  # noqa: PLC0415 - opens the home

        here = runtime()
        text = here.ledger.kept_result(self._run_id)
        if text is not None:
            return load(text, here)
        if self._completed:
            raise missing_result(f"run {self._run_id}")
        return None


def with_value(state: State[Any] | None, run_id: UUID) -> None:
    """Let the final state of a run fetch the run's value."""
    if state is not None and state.data is None and state.is_final() and not state.is_cancelled():
        state.data = KeptValue(run_id, completed=state.is_completed())
