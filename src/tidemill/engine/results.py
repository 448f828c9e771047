"""What becomes of a run's value: how it is kept, and how it is had again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.states import State, StateType
from tidemill.domain.values import Handle, missing_result, value_of
from tidemill.engine.inputs import SCALARS

if TYPE_CHECKING:
    from tidemill.engine.context import FlowRunContext
    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.runtime import Runtime


class RecordedValue(Handle):
    """The kept result of a run that ended before; loaded when it is asked for, once."""

    __slots__ = ("_loaded", "_run_id", "_runtime", "_value")

    def __init__(self, run_id: str, runtime: Runtime) -> None:
        self._run_id = run_id
        self._runtime = runtime
        self._loaded = False
        self._value: Any = None

    def get(self) -> Any:
        """The value. Raises where its bytes are gone or are not what was written."""
        if not self._loaded:
            text = self._runtime.ledger.kept_result(self._run_id)
            if text is None:
                raise missing_result(f"run {self._run_id}")
            self._value = self._runtime.keeper.load(text)
            self._loaded = True
        return self._value


def recalled_state(recalled: RecordedCall, runtime: Runtime) -> State[Any]:
    """The final state of a run that is not made again."""
    return State(recalled.type, recalled.name, recalled.message, RecordedValue(recalled.run_id, runtime))


def kept_text(state: State[Any], runtime: Runtime) -> str | None:
    """The text under which a small value goes into the journal, or ``None`` where it is not kept."""
    if not runtime.settings.keep_results:
        return None
    if state.type is StateType.COMPLETED or isinstance(state.data, Exception):
        return runtime.keeper.keep(value_of(state), runtime.settings.kept_bytes)
    return None


_REMEMBERED = 1_000


def remember(flow: FlowRunContext, run_id: str, value: Any) -> None:
    """Note which task run made a value, so that passing it on shows as an edge in the run graph.

    Only objects with an identity of their own, and only the latest of them: the graph is not worth a leak. ``value``
    was small enough to be kept.
    """
    if type(value) in SCALARS:
        return
    made = flow.made
    if len(made) >= _REMEMBERED:
        del made[next(iter(made))]
    made[id(value)] = (value, run_id)
