"""What goes into a call: futures and marks found in the arguments, their hash, and the edges of the run graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.domain.states import State
from tidemill.utilities.annotations import allow_failure, opaque, quote, unmapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Types whose values hold nothing to look for, and whose ``repr`` says all there is.
SCALARS: Final = frozenset({int, str, float, bool, type(None), bytes, complex})


class Future:
    """What the engine knows a future by; ``tidemill.futures`` has the classes users see."""

    __slots__ = ()

    run_id: str

    def final_state(self) -> State[Any]:
        """The state it ended in; only asked of a future that is done."""
        raise TypeError(f"{type(self).__name__} does not say how it ended")


_CONTAINERS: Final = (list, tuple, dict, set, frozenset)
_WRAPPERS: Final = (allow_failure, unmapped)


def is_plain(values: Iterable[Any]) -> bool:
    """Whether all values are scalars: nothing to resolve, and cheap to hash."""
    return SCALARS.issuperset(map(type, values))


_SHORT: Final = 200
_SIZED: Final = frozenset({str, bytes})


def all_short(values: Iterable[Any]) -> bool:
    """Whether plain values are short enough to be written out rather than hashed."""
    return all(type(value) not in _SIZED or len(value) <= _SHORT for value in values)


def find_futures(value: Any) -> list[Future]:
    """Every future in a value and in the containers in it, once each, in order."""
    found: dict[int, Future] = {}
    _walk(value, found, set())
    return list(found.values())


def _walk(value: Any, found: dict[int, Future], seen: set[int]) -> None:
    kind = type(value)
    if kind in SCALARS:
        return
    if isinstance(value, Future):
        found[id(value)] = value
        return
    if isinstance(value, _WRAPPERS):
        _walk(value.value, found, seen)
        return
    if isinstance(value, _CONTAINERS) and not isinstance(value, quote | opaque):
        if id(value) in seen:
            return
        seen.add(id(value))
        items: Iterable[Any] = value
        if isinstance(value, dict):
            for key in value:
                _walk(key, found, seen)
            items = value.values()
        for item in items:
            _walk(item, found, seen)


def replace(value: Any, swap: Callable[[Any, bool], Any], *, forgiving: bool = False) -> Any:
    """A value with every future and state in it swapped; containers are rebuilt only where something changed.

    ``swap`` is told whether the thing stood under ``allow_failure``. What is quoted is left alone, unwrapped.
    """
    kind = type(value)
    if kind in SCALARS:
        return value
    if isinstance(value, Future | State):
        return swap(value, forgiving)
    if isinstance(value, allow_failure):
        return replace(value.value, swap, forgiving=True)
    if isinstance(value, unmapped):
        return replace(value.value, swap, forgiving=forgiving)
    if isinstance(value, quote | opaque):
        return value.value
    if isinstance(value, dict):
        pairs = [(replace(k, swap, forgiving=forgiving), replace(v, swap, forgiving=forgiving)) for k, v in value.items()]
        if all(new_k is k and new_v is v for (new_k, new_v), (k, v) in zip(pairs, value.items(), strict=True)):
            return value
        return dict(pairs) if kind is dict else _rebuilt_dict(value, pairs)
    if isinstance(value, list | tuple | set | frozenset):
        items = [replace(item, swap, forgiving=forgiving) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return kind(*items) if hasattr(value, "_fields") else kind(items)
    return value


def _rebuilt_dict(value: dict[Any, Any], pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    copy = value.copy()
    copy.clear()
    copy.update(pairs)
    return copy


def graph(parameters: dict[str, Any], made: dict[int, tuple[Any, str]] | None = None) -> dict[str, list[dict[str, str]]]:
    """Per parameter, which runs its value comes from, in the wire's form; parameters without any are left out.

    ``made`` knows the values that came straight from a task run of this flow run, by identity.
    """
    edges: dict[str, list[dict[str, str]]] = {}
    for name, value in parameters.items():
        if type(value) in SCALARS:
            continue
        sources = [future.run_id for future in find_futures(value)]
        if made and id(value) in made:
            sources.append(made[id(value)][1])
        if sources:
            edges[name] = [{"input_type": "task_run", "id": source} for source in sources]
    return edges
