"""What goes into a call: futures and marks found in the arguments, their hash, and the edges of the run graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from tidemill.domain.states import State
from tidemill.utilities import walk
from tidemill.utilities.annotations import BaseAnnotation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

#: Types whose values hold nothing to look for, and whose ``repr`` says all there is.
SCALARS: Final = frozenset({int, str, float, bool, type(None), bytes, complex})


class Future:
    """What the engine knows a future by; ``tidemill.futures`` has the classes users see."""

    __slots__ = ()

    #: What kind of run it is of, as the run graph says it.
    input_type: ClassVar[str] = "task_run"

    run_id: str

    def final_state(self) -> State[Any]:
        """The state it ended in; only asked of a future that is done."""
        raise TypeError(f"{type(self).__name__} does not say how it ended")


def is_plain(values: Iterable[Any]) -> bool:
    """Whether all values are scalars: nothing to resolve, and cheap to hash."""
    return SCALARS.issuperset(map(type, values))


_SHORT: Final = 200
_SIZED: Final = frozenset({str, bytes})


def all_short(values: Iterable[Any]) -> bool:
    """Whether plain values are short enough to be written out rather than hashed."""
    for value in values:  # noqa: SIM110 - a generator costs a call of a task as much as the rest of its look
        if type(value) in _SIZED and len(value) > _SHORT:
            return False
    return True


def find_futures(value: Any) -> list[Future]:
    """Every future in a value and in what it holds, once each, in order; what is quoted is not looked into."""
    return walk.find(value, Future)


def is_bare(value: Any) -> bool:
    """Whether there is nothing in a value that a function must be given something else for."""
    return not walk.find(value, _SPECIAL)


def required_futures(wait_for: Any) -> list[Future]:
    """Those futures that must complete: the others stand under ``allow_failure``."""
    required: dict[int, Future] = {}

    def note(future: Future, forgiving: bool) -> Future:
        if not forgiving:
            required[id(future)] = future
        return future

    walk.resolve(wait_for, Future, note)
    return list(required.values())


def replace(value: Any, swap: Callable[[Any, bool], Any]) -> Any:
    """A value with every future and state in it swapped, and every mark taken off.

    ``swap`` is told whether the thing stood under ``allow_failure``. What is quoted is left as it is.
    """
    return value if type(value) in SCALARS else walk.resolve(value, _SWAPPED, swap)


_SWAPPED: Final = (Future, State)
_SPECIAL: Final = (Future, State, BaseAnnotation)


def graph(
    parameters: dict[str, Any],
    made: dict[int, tuple[Any, str]] | None = None,
    *,
    bare: bool = False,
    origins: Mapping[str, Collection[tuple[str, str]]] | None = None,
) -> dict[str, list[dict[str, str]]]:
    """Per parameter, which runs its value comes from, in the wire's form; parameters without any are left out.

    ``made`` knows the values that came straight from a task run of this flow run, by identity. ``bare``: there are
    no futures in them. ``origins`` are kinds and ids of runs that the values themselves no longer show.
    """
    known: dict[str, list[tuple[str, str]]] = {name: sorted(runs) for name, runs in origins.items()} if origins else {}
    for name, value in parameters.items():
        if type(value) in SCALARS:
            continue
        sources = [] if bare else [(future.input_type, future.run_id) for future in find_futures(value)]
        if made and id(value) in made:
            sources.append((Future.input_type, made[id(value)][1]))
        if sources:
            known[name] = [*known[name], *sources] if name in known else sources
    return {
        name: [{"input_type": kind, "id": source} for kind, source in dict.fromkeys(sources)]
        for name, sources in known.items()
    }
