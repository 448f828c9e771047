"""Calls that are noted instead of run, and what stands for their values."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self, cast
from uuid import UUID

from tidemill.domain.states import State, StateType
from tidemill.engine.calls import collected
from tidemill.engine.inputs import find_futures
from tidemill.engine.mapping import each_call
from tidemill.futures import TidemillFuture, TidemillFutureList
from tidemill.task_runners import TaskRunner
from tidemill.utilities import walk
from tidemill.utilities.annotations import allow_failure
from tidemill.visualization.graph import Edge, Node, RunGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: Values that are the same object wherever they occur, so that nobody can tell where one came from.
_EVERYWHERE: Final = (bool, type(None), type(Ellipsis), type(NotImplemented))
_SMALL_INTS: Final = range(-5, 257)


class DrawnCall(TidemillFuture[Any]):
    """Stands for the value of a call that was not made, and for its future.

    Its result is the task's ``viz_return_value``; without one, itself.
    """

    __slots__ = ("_value", "name")

    def __init__(self, run_id: str, name: str, value: Any) -> None:
        super().__init__(run_id)
        self.name = name
        self._value = value

    @property
    def state(self) -> State[Any]:
        """Completed."""
        return State(StateType.COMPLETED, data=self.result())

    def final_state(self) -> State[Any]:
        """As ``state``."""
        return self.state

    def done(self) -> bool:
        """Always: there is nothing to wait for."""
        return True

    def wait(self, timeout: float | None = None) -> None:
        """Return at once."""

    async def wait_async(self, timeout: float | None = None) -> None:
        """Return at once."""

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> Any:  # noqa: ARG002 - as above
        """What stands for the value."""
        return self if self._value is None else self._value

    async def result_async(self, timeout: float | None = None, raise_on_failure: bool = True) -> Any:  # noqa: ARG002 - as above
        """As ``result``."""
        return self.result()

    def add_done_callback(self, fn: Callable[[TidemillFuture[Any]], Any]) -> None:
        """Call ``fn`` at once."""
        fn(self)

    def __repr__(self) -> str:
        return f"<what {self.name!r} would give>"


class Tracker:
    """Notes the calls of a flow in the order they are made."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._counts: dict[str, int] = {}
        self._made: dict[int, tuple[Any, str]] = {}  # by identity; the value is held so that its id stays its own
        self._noting = Lock()

    @property
    def graph(self) -> RunGraph:
        """What was noted so far."""
        return RunGraph(tuple(self._nodes), tuple(dict.fromkeys(self._edges)))

    def note(
        self, work: Any, parameters: Mapping[str, Any], wait_for: Any, origins: Mapping[str, list[str]] | None = None
    ) -> DrawnCall:
        """One call of a task or a flow. ``origins`` are calls besides, from which parameters come."""
        with self._noting:
            nth = self._counts.get(work.name, 0)
            self._counts[work.name] = nth + 1
            name, run_id = f"{work.name}-{nth}", str(UUID(int=len(self._nodes)))
            self._nodes.append(Node(run_id, name, "task" if hasattr(work, "task_key") else "flow"))
            inputs = {**parameters, "wait_for": collected(wait_for)}
            for label, value in inputs.items():
                sources = [*(origins or {}).get(label, ()), *self._sources(value)]
                self._edges += [Edge(source, run_id, label) for source in sources]
            value = _told_apart(getattr(work, "viz_return_value", None), self._made)
            if not isinstance(value, _EVERYWHERE) and not (isinstance(value, int) and value in _SMALL_INTS):
                self._made[id(value)] = (value, run_id)
        return DrawnCall(run_id, name, value)

    def origin_of(self, value: Any) -> list[str]:
        """The call that gave this value, or whose future it is."""
        bare = value.value if isinstance(value, allow_failure) else value
        if isinstance(bare, DrawnCall):
            return [bare.run_id]
        return [self._made[id(bare)][1]] if id(bare) in self._made else []

    def _sources(self, value: Any) -> list[str]:
        states = [state.data for state in walk.find(value, State)]
        found = [future.run_id for future in find_futures([value, states])]
        return found + [self._made[id(each)][1] for each in (value, *states, *_parts(value)) if id(each) in self._made]


def _parts(value: Any) -> Iterable[Any]:
    if type(value) is dict:
        return cast("Iterable[Any]", value.values())
    return value if type(value) in {list, tuple, set} else ()


def _told_apart(value: Any, made: dict[int, tuple[Any, str]]) -> Any:
    """The same value for another call: a copy where copies have an identity of their own."""
    return value.copy() if id(value) in made and type(value) in {list, dict, set} else value


class TrackingRunner(TaskRunner[DrawnCall]):
    """Where the submitted tasks of a drawn flow go."""

    def __init__(self, tracker: Tracker) -> None:
        super().__init__()
        self._tracker = tracker

    def duplicate(self) -> Self:
        """Another one that notes in the same place."""
        return type(self)(self._tracker)

    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
        dependencies: dict[str, set[Any]] | None = None,  # noqa: ARG002 - the interface
    ) -> DrawnCall:
        """Note the call."""
        return self._tracker.note(task, parameters, wait_for)

    def map(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[TidemillFuture[Any]] | None = None,
    ) -> TidemillFutureList[Any]:
        """Note a call for each element; where a task would make the elements, one call that stands for all."""
        upstream = list(wait_for) if wait_for is not None else None
        if any(_is_unknown(value) for value in _arguments(task, parameters)):
            return TidemillFutureList([self.submit(task, parameters, upstream)])
        origins = {name: self._tracker.origin_of(value) for name, value in parameters.items()}
        return TidemillFutureList(
            self._tracker.note(task, each, upstream, origins) for each in each_call(task, parameters)
        )


def _arguments(task: Any, parameters: dict[str, Any]) -> Iterable[Any]:
    return [*parameters.values(), *parameters.get(task.signature.var_keyword, {}).values()]


def _is_unknown(value: Any) -> bool:
    bare = value.value if isinstance(value, allow_failure) else value
    return isinstance(bare, DrawnCall) and bare.result() is bare
